import { ArgumentError, CapabilityError, ShapeError } from "../../engine/errors/index.ts";
import { type CompileOptions, compile, type Executable } from "../../engine/execute/index.ts";
import type { Graph } from "../../engine/graph/index.ts";
import { valueAndGrad } from "../../engine/graph/index.ts";
import type { Evaluation } from "../../engine/minimize/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import { adjointDepartures } from "./adjoint-departures.ts";
import { type ControlMap, controlMap } from "./control.ts";
import type { DepartureCost, Departures } from "./departures.ts";
import type { WindowCost, WindowParts, WindowProblem } from "./window.ts";
import {
  curvatureGraph,
  departureCostGraph,
  groupTimes,
  type ObservationShape,
  type WindowShape,
} from "./window-graph.ts";

/** Makes costs of windows; keeps the compiled graphs, so that windows of one shape share them. */
export interface WindowCosts {
  cost(problem: WindowProblem): WindowCost;
}

/**
 * A maker of window costs. The departures of a window with their gradient, and the Gauss-Newton products, are a compiled graph each when model and
 * operators have formulas; hand-written tangents and adjoints are called one after another otherwise. The background and its covariance stay
 * outside of the graphs: B^(1/2) and its transpose are called before and after.
 * @param method name for messages
 * @param compute where and how departures are computed
 */
export function windowCosts(method: string, compute: CompileOptions = {}): WindowCosts {
  const compiled = new Map<string, Compiled>();
  const identities = new Map<object, number>();
  const identity = (object: object): number => {
    const known = identities.get(object) ?? identities.size;
    identities.set(object, known);
    return known;
  };
  const parts = restrictions(identity);
  return {
    cost(problem) {
      checkWindow(method, problem);
      const steps = problem.observations.at(-1)?.step ?? 0;
      const map = controlMap(problem, steps);
      if (!isTraced(problem)) return windowCost(map, adjointDepartures(method, problem));
      const shape = shapeOf(problem, steps, parts);
      const key = JSON.stringify([
        shape.model && identity(shape.model),
        shape.size,
        shape.steps,
        [shape.weak, shape.fixed, shape.checkpoint, shape.huber],
        shape.bias && [identity(shape.bias.predictors), shape.bias.mean.length],
        shape.penalty && identity(shape.penalty.residual),
        shape.times.map(({ step, operator, error, indices }) => [
          step,
          identity(operator),
          identity(error),
          indices && [...indices],
        ]),
      ]);
      const executables = compiled.get(key) ?? executablesOf(shape, compute);
      compiled.set(key, executables);
      return windowCost(map, tracedDepartures(problem, shape, executables));
    },
  };
}

/** The compiled graphs of a shape, made when they are first needed. */
interface Compiled {
  cost(): Executable;
  curvature(): Executable;
}

function executablesOf(shape: WindowShape, compute: CompileOptions): Compiled {
  const once = (make: () => Graph): (() => Executable) => {
    let made: Executable | undefined;
    return () => {
      made ??= compile(make(), compute);
      return made;
    };
  };
  return {
    cost: once(() => valueAndGrad(departureCostGraph(shape), [0])),
    curvature: once(() => curvatureGraph(shape)),
  };
}

/** The cost of a control from the departures of the unknowns that it stands for. */
function windowCost(map: ControlMap, departures: Departures): WindowCost {
  let last: WindowParts & Record<string, number> = { Jb: 0, Jo: 0 };
  const complete = (z: Float64Array, { Jo, Jc, gradient: back }: DepartureCost): Evaluation => {
    const prior = map.prior(z);
    const gradient = map.transposed(back);
    for (let i = 0; i < gradient.length; i++) gradient[i]! += prior.gradient[i]!;
    last = { Jb: prior.Jb, Jo };
    if (prior.Jq > 0) last = { ...last, Jq: prior.Jq };
    if (Jc > 0) last = { ...last, Jc };
    return { value: prior.Jb + Jo, gradient };
  };
  const product = (v: Float64Array, back: Float64Array): Float64Array => {
    const out = map.transposed(back);
    const own = map.priorProduct(v);
    for (let i = 0; i < out.length; i++) out[i]! += own[i]!;
    return out;
  };
  const { evaluateAsync, curvatureAsync } = departures;
  return {
    size: map.size,
    evaluate: (z) => complete(z, departures.evaluate(map.apply(z))),
    curvature: (z, v) => product(v, departures.curvature(map.apply(z), map.tangent(v))),
    ...(evaluateAsync && { evaluateAsync: async (z: Float64Array) => complete(z, await evaluateAsync(map.apply(z))) }),
    ...(curvatureAsync && {
      curvatureAsync: async (z: Float64Array, v: Float64Array) =>
        product(v, await curvatureAsync(map.apply(z), map.tangent(v))),
    }),
    parts: () => last,
    start: () => map.start(),
    state: (z) => map.split(map.apply(z)).state,
    unknowns: (z) => map.split(map.apply(z)),
  };
}

function tracedDepartures(problem: WindowProblem, shape: WindowShape, { cost, curvature }: Compiled): Departures {
  const data = observationArguments(problem, shape.times);
  const time = problem.time ?? 0;
  const executable = cost();
  const outputs = executable.graph.outputs.map((output) => new Float64Array(output.shape.reduce((a, b) => a * b, 1)));
  const result = (): DepartureCost => ({ Jo: outputs[0]![0]!, Jc: outputs[1]![0]!, gradient: outputs[2]! });
  return {
    evaluate(u) {
      executable.runSync([u, time, ...data], { out: outputs });
      return result();
    },
    curvature: (u, du) => curvature().runSync([u, time, ...data, du])[0]!.data,
    ...(!executable.synchronous && {
      async evaluateAsync(u: Float64Array): Promise<DepartureCost> {
        await executable.run([u, time, ...data], { out: outputs });
        return result();
      },
      curvatureAsync: async (u: Float64Array, du: Float64Array): Promise<Float64Array> =>
        (await curvature().run([u, time, ...data, du]))[0]!.data,
    }),
  };
}

/** Whether everything that the cost needs has a formula. */
function isTraced({ model, observations, references }: WindowProblem): boolean {
  const moves = references === undefined && observations.some(({ step }) => step > 0);
  return (
    (!moves || model?.advance(1).traced !== undefined) &&
    observations.every(({ operator }) => operator.traced !== undefined)
  );
}

/** Errors that are independent from component to component: a missing one is left out by a factor 0. */
export function isIndependent({ kind }: Covariance): boolean {
  return kind === "scalar" || kind === "diagonal";
}

/** Covariances of some components, each made once: graphs are known by them. */
type Restrictions = (error: Covariance, indices: Int32Array) => Covariance;

function restrictions(identity: (object: object) => number): Restrictions {
  const made = new Map<string, Covariance>();
  return (error, indices) => {
    const key = `${identity(error)} ${indices.join()}`;
    const part = made.get(key) ?? error.restrict(indices);
    made.set(key, part);
    return part;
  };
}

function shapeOf(problem: WindowProblem, steps: number, restricted: Restrictions): WindowShape {
  const { model, background, observations, modelError, references, huber, bias, penalty, checkpoint = false } = problem;
  const times = observations.flatMap(({ step, operator, error, values }): ObservationShape[] => {
    if (isIndependent(error) || !values.some(Number.isNaN)) return [{ step, operator, error }];
    const indices = Int32Array.from(values.keys()).filter((i) => !Number.isNaN(values[i]!));
    return indices.length === 0 ? [] : [{ step, operator, error: restricted(error, indices), indices }];
  });
  return {
    model,
    size: background.mean.length,
    times,
    steps,
    weak: modelError !== undefined,
    fixed: references !== undefined,
    checkpoint,
    huber: huber === Number.POSITIVE_INFINITY ? undefined : huber,
    bias,
    penalty,
  };
}

/** Values and masks of each group of times, and the offsets of its states, as the graph takes them. */
function observationArguments(
  { observations, references, background }: WindowProblem,
  times: readonly ObservationShape[],
): NdArray[] {
  const byStep = new Map(observations.map((observation, k) => [observation.step, { observation, k }]));
  const n = background.mean.length;
  return groupTimes(times).flatMap(({ count, width, first, steps }) => {
    const values = new Float64Array(count * width);
    const masks = new Float64Array(count * width);
    const offsets = new Float64Array(references === undefined ? 0 : count * n);
    steps.forEach((step, row) => {
      const { observation, k } = byStep.get(step)!;
      for (let i = 0; i < width; i++) {
        const value = observation.values[first.indices?.[i] ?? i]!;
        const seen = !Number.isNaN(value);
        values[row * width + i] = seen ? value : 0;
        masks[row * width + i] = seen ? 1 : 0;
      }
      references?.[k]?.forEach((value, i) => {
        offsets[row * n + i] = value - background.mean[i]!;
      });
    });
    return [
      { data: values, shape: [count, width] },
      { data: masks, shape: [count, width] },
      ...(references === undefined ? [] : [{ data: offsets, shape: [count, n] }]),
    ];
  });
}

function checkWindow(method: string, problem: WindowProblem): void {
  const { model, background, observations, modelError, huber, bias, penalty, references } = problem;
  const n = background.mean.length;
  if (background.covariance.size !== n)
    throw new ShapeError(
      "background.covariance",
      `expected size ${n}, as the background has, got ${background.covariance.size}`,
    );
  const bad = background.mean.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new ShapeError(
      "background.mean",
      `expected finite numbers, got ${background.mean[bad]} at ${bad}`,
      "argument/non-finite",
    );
  observations.forEach(({ step, values, operator, error }, k) => {
    const place = `observations[${k}]`;
    if (!Number.isSafeInteger(step) || step < 0 || (k > 0 && step <= observations[k - 1]!.step))
      throw new ShapeError(`${place}.step`, `expected increasing steps from 0 on, got ${step}`, "argument/order");
    if (step > 0 && model === undefined)
      throw new CapabilityError(method, "needs a model for observations after the start");
    if (operator.inSize !== n)
      throw new ShapeError(
        `${place}.operator`,
        `expected a map of ${n} numbers, got "${operator.name}" of ${operator.inSize}`,
      );
    if (values.length !== operator.outSize)
      throw new ShapeError(
        `${place}.values`,
        `expected ${operator.outSize} numbers, as operator "${operator.name}" gives, got ${values.length}`,
      );
    if (error.size !== operator.outSize)
      throw new ShapeError(
        `${place}.error`,
        `expected size ${operator.outSize}, as operator "${operator.name}" gives, got ${error.size}`,
      );
  });
  if (huber !== undefined && !(huber > 0))
    throw new ArgumentError("huber", `expected a positive number of standard deviations, got ${huber}`);
  if (modelError !== undefined && modelError.size !== n)
    throw new ShapeError("modelError", `expected size ${n}, as the background has, got ${modelError.size}`);
  if (bias !== undefined && bias.covariance.size !== bias.mean.length)
    throw new ShapeError(
      "bias.covariance",
      `expected size ${bias.mean.length}, as bias.mean has, got ${bias.covariance.size}`,
    );
  if (references === undefined) return;
  if (modelError !== undefined || penalty !== undefined)
    throw new CapabilityError(
      method,
      "adds increments to a given trajectory, so it has neither model errors nor a penalty",
    );
  if (references.length !== observations.length || references.some(({ length }) => length !== n))
    throw new ShapeError("references", `expected ${observations.length} states of ${n} numbers`);
}
