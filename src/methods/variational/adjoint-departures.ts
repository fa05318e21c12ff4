import { CapabilityError } from "../../engine/errors/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Model } from "../../problem/models/index.ts";
import { presentObservations } from "../../problem/observe/index.ts";
import type { Awaitable, Operator } from "../../problem/operators/index.ts";
import type { DepartureCost, Departures } from "./departures.ts";
import { huberizedNumber } from "./huber.ts";
import type { WindowObservation, WindowProblem } from "./window.ts";

/** A step of the model and where it was linearised. */
interface Move {
  readonly operator: Operator;
  readonly x: Float64Array;
  readonly t: number;
}

/** An observation time with what was seen there. */
interface Sight {
  readonly observation: WindowObservation;
  /** The state's place in the trajectory. */
  readonly at: number;
  readonly x: Float64Array;
  readonly t: number;
  readonly indices: Int32Array;
  readonly values: Float64Array;
  readonly error: Covariance;
}

/**
 * The departures of a window from hand-written tangents and adjoints, called operator by operator and step by step: a run of the model and
 * one of its adjoint an evaluation, one of its tangent and its adjoint more a product.
 * @throws CapabilityError for an operator without an adjoint (for products: a tangent), or one that answers with promises; for a bias or a
 *   penalty, which need formulas; for robust costs of correlated errors
 */
export function adjointDepartures(method: string, problem: WindowProblem): Departures {
  const { model, observations, time = 0, modelError, huber, references, background } = problem;
  const n = background.mean.length;
  for (const { operator } of observations) derivative(method, operator, "adjoint");
  if (references === undefined && observations.some(({ step }) => step > 0))
    derivative(method, (model as Model).advance(1), "adjoint");
  if (problem.bias !== undefined || problem.penalty !== undefined)
    throw new CapabilityError(method, "needs a model and operators with formulas for a bias or a penalty");
  const robust = huber !== undefined && huber < Number.POSITIVE_INFINITY;
  if (robust && observations.some(({ error }) => error.kind !== "scalar" && error.kind !== "diagonal"))
    throw new CapabilityError(method, "needs operators with formulas for robust costs of correlated errors");

  /** The trajectory from u: moves between its states, and what is compared at which. */
  const run = (u: Float64Array): { moves: Move[]; sights: Sight[] } => {
    let x: Float64Array = u.slice(0, n);
    const moves: Move[] = [];
    const sights: Sight[] = [];
    let step = 0;
    observations.forEach((observation, k) => {
      const t = time + observation.step * (model?.dt ?? 0);
      const reference = references?.[k];
      if (reference === undefined) {
        // Step by step: a step that answers at once does so here, an interval of several may not.
        for (; step < observation.step; step++) {
          const operator = (model as Model).advance(1);
          const begin = time + step * (model as Model).dt;
          moves.push({ operator, x, t: begin });
          x = now(method, operator, operator.apply(x, begin));
          if (modelError !== undefined) x = x.map((value, i) => value + u[(step + 1) * n + i]!);
        }
      } else x = reference.map((value, i) => value - background.mean[i]! + u[i]!);
      const { indices, values, error } = presentObservations({ ...observation, time: t });
      if (error !== undefined)
        sights.push({ observation, at: reference === undefined ? step : 0, x, t, indices, values, error });
    });
    return { moves, sights };
  };

  /** The cotangent of u from those of the states: a run of the adjoint. */
  const back = (moves: readonly Move[], forces: ReadonlyMap<number, Float64Array>): Float64Array => {
    const out = new Float64Array(n * (1 + (modelError === undefined ? 0 : moves.length)));
    let lambda = new Float64Array(n);
    for (let k = moves.length; k >= 0; k--) {
      const force = forces.get(k);
      if (force !== undefined) lambda = lambda.map((value, i) => value + force[i]!);
      if (k === 0) break;
      if (modelError !== undefined) out.set(lambda, k * n);
      const { operator, x, t } = moves[k - 1]!;
      lambda = Float64Array.from(now(method, operator, derivative(method, operator, "adjoint")(x, lambda, t)));
    }
    out.set(lambda, 0);
    return out;
  };

  const adjointOf = ({ observation: { operator }, x, t, indices }: Sight, weighted: Float64Array): Float64Array => {
    const all = new Float64Array(operator.outSize);
    indices.forEach((place, i) => {
      all[place] = weighted[i]!;
    });
    return now(method, operator, derivative(method, operator, "adjoint")(x, all, t));
  };
  const departureOf = ({ observation: { operator }, x, t, indices, values }: Sight): Float64Array => {
    const seen = now(method, operator, operator.apply(x, t));
    return values.map((value, i) => value - seen[indices[i]!]!);
  };
  /** Slopes of Huber's residuals: R^(−1/2) d is d over standard deviations. */
  const slopes = (departure: Float64Array, error: Covariance): { s: number; slope: number }[] => {
    const whitened = error.whiten(departure);
    return Array.from(whitened, (r) => huberizedNumber(r, huber ?? Number.POSITIVE_INFINITY));
  };
  const add = (forces: Map<number, Float64Array>, at: number, force: Float64Array): void => {
    const before = forces.get(at);
    forces.set(at, before === undefined ? force : before.map((value, i) => value + force[i]!));
  };

  return {
    evaluate(u): DepartureCost {
      const { moves, sights } = run(u);
      const forces = new Map<number, Float64Array>();
      let Jo = 0;
      for (const sight of sights) {
        const departure = departureOf(sight);
        let weighted = sight.error.solve(departure);
        if (robust) {
          const all = slopes(departure, sight.error);
          for (const { s } of all) Jo += 0.5 * s * s;
          weighted = sight.error.whiten(Float64Array.from(all, ({ s, slope }) => s * slope));
        } else
          departure.forEach((value, i) => {
            Jo += 0.5 * value * weighted[i]!;
          });
        add(
          forces,
          sight.at,
          adjointOf(
            sight,
            weighted.map((value) => -value),
          ),
        );
      }
      return { Jo, Jc: 0, gradient: back(moves, forces) };
    },
    curvature(u, du) {
      const { moves, sights } = run(u);
      const tangents: Float64Array[] = [du.slice(0, n)];
      for (const [k, { operator, x, t }] of moves.entries()) {
        const dx = now(method, operator, derivative(method, operator, "tangent")(x, tangents[k]!, t));
        tangents.push(modelError === undefined ? dx : dx.map((value, i) => value + du[(k + 1) * n + i]!));
      }
      const forces = new Map<number, Float64Array>();
      for (const sight of sights) {
        const { operator } = sight.observation;
        const all = now(
          method,
          operator,
          derivative(method, operator, "tangent")(sight.x, tangents[sight.at]!, sight.t),
        );
        const seen = Float64Array.from(sight.indices, (i) => all[i]!);
        let weighted = sight.error.solve(seen);
        if (robust) {
          const factors = slopes(departureOf(sight), sight.error);
          weighted = weighted.map((value, i) => value * factors[i]!.slope ** 2);
        }
        add(forces, sight.at, adjointOf(sight, weighted));
      }
      return back(moves, forces);
    },
  };
}

type Derivative = (x: Float64Array, d: Float64Array, t: number) => Awaitable<Float64Array>;

/** @throws CapabilityError for an operator that has none */
function derivative(method: string, operator: Operator, kind: "tangent" | "adjoint"): Derivative {
  const found = operator[kind];
  if (found === undefined) {
    const lacks =
      kind === "tangent" && operator.adjoint !== undefined ? "has an adjoint, but no tangent" : "is a plain function";
    const advice =
      kind === "tangent" && operator.adjoint !== undefined
        ? "give it one, or minimise with lbfgs"
        : "give it as a formula on tensors or with its adjoint, or take 4denvar, which needs no derivatives";
    throw new CapabilityError(method, `needs the derivative of "${operator.name}", which ${lacks}: ${advice}`);
  }
  return found.bind(operator);
}

/** @throws CapabilityError for a promise */
function now<T>(method: string, operator: Operator, value: Awaitable<T>): T {
  if (value instanceof Promise)
    throw new CapabilityError(method, `needs "${operator.name}" to answer at once, got a promise`);
  return value;
}
