import { CapabilityError, ShapeError } from "../../engine/errors/index.ts";
import { type CompileOptions, compile, type Executable } from "../../engine/execute/index.ts";
import { valueAndGrad } from "../../engine/graph/index.ts";
import type { Evaluation } from "../../engine/minimize/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import { adjointCost } from "./adjoint-cost.ts";
import type { Control, WindowCost, WindowObservation, WindowProblem } from "./window.ts";
import { groupTimes, type ObservationShape, type WindowShape, windowGraph } from "./window-graph.ts";

/** Makes costs of windows; keeps the compiled graphs, so that windows of one shape share them. */
export interface WindowCosts {
  cost(problem: WindowProblem): WindowCost;
}

/**
 * A maker of window costs. Each is one compiled graph of the cost and its gradient when model and operators have formulas;
 * hand-written tangents and adjoints are called one after another otherwise.
 * @param method name for messages
 * @param compute where and how costs are computed
 */
export function windowCosts(method: string, compute: CompileOptions = {}): WindowCosts {
  const compiled = new Map<string, Executable>();
  const identities = new Map<object, number>();
  const identity = (object: object): number => {
    const known = identities.get(object) ?? identities.size;
    identities.set(object, known);
    return known;
  };
  return {
    cost(problem) {
      checkWindow(method, problem);
      if (!isTraced(problem)) return adjointCost(method, problem);
      const shape = shapeOf(problem);
      const key = JSON.stringify([
        shape.model && identity(shape.model),
        identity(shape.covariance),
        shape.control,
        shape.times.map(({ step, operator, error, indices }) => [
          step,
          identity(operator),
          identity(error),
          indices && [...indices],
        ]),
      ]);
      const executable = compiled.get(key) ?? compile(valueAndGrad(windowGraph(shape), [0]), compute);
      compiled.set(key, executable);
      return tracedCost(problem, shape, executable);
    },
  };
}

/** The analysis's state for a control variable. */
export function stateOf(
  control: Control,
  background: Float64Array,
  covariance: Covariance,
  z: Float64Array,
): Float64Array {
  if (control === "state") return z.slice();
  const departure = covariance.applySqrt(z);
  return background.map((value, i) => value + departure[i]!);
}

function tracedCost(problem: WindowProblem, shape: WindowShape, executable: Executable): WindowCost {
  const { mean, covariance } = problem.background;
  const { control } = shape;
  const size = control === "sqrt" ? covariance.sqrtSize : mean.length;
  const data = observationArguments(problem.observations, shape.times);
  const outputs = executable.graph.outputs.map((output) => new Float64Array(output.shape.reduce((a, b) => a * b, 1)));
  const time = problem.time ?? 0;
  const result = (): Evaluation => ({ value: outputs[0]![0]!, gradient: outputs[3]! });
  return {
    size,
    evaluate(z) {
      executable.runSync([z, mean, time, ...data], { out: outputs });
      return result();
    },
    ...(!executable.synchronous && {
      async evaluateAsync(z: Float64Array): Promise<Evaluation> {
        await executable.run([z, mean, time, ...data], { out: outputs });
        return result();
      },
    }),
    parts: () => ({ Jb: outputs[1]![0]!, Jo: outputs[2]![0]! }),
    start: () => (control === "sqrt" ? new Float64Array(size) : mean.slice()),
    state: (z) => stateOf(control, mean, covariance, z),
  };
}

/** Whether everything that the cost needs has a formula. */
function isTraced({ model, observations }: WindowProblem): boolean {
  const moves = observations.some(({ step }) => step > 0);
  return (
    (!moves || model?.advance(1).traced !== undefined) &&
    observations.every(({ operator }) => operator.traced !== undefined)
  );
}

/** Errors that are independent from component to component: a missing one is left out by a factor 0. */
function isIndependent({ kind }: Covariance): boolean {
  return kind === "scalar" || kind === "diagonal";
}

function shapeOf({ model, background, observations, control = "sqrt" }: WindowProblem): WindowShape {
  const times = observations.flatMap(({ step, operator, error, values }): ObservationShape[] => {
    if (isIndependent(error) || !values.some(Number.isNaN)) return [{ step, operator, error }];
    const indices = Int32Array.from(values.keys()).filter((i) => !Number.isNaN(values[i]!));
    return indices.length === 0 ? [] : [{ step, operator, error: error.restrict(indices), indices }];
  });
  return { model, size: background.mean.length, covariance: background.covariance, control, times };
}

/** Values and masks of each group of times, as the graph takes them. */
function observationArguments(
  observations: readonly WindowObservation[],
  times: readonly ObservationShape[],
): NdArray[] {
  const byStep = new Map(observations.map((observation) => [observation.step, observation]));
  return groupTimes(times).flatMap(({ count, width, first, steps }) => {
    const values = new Float64Array(count * width);
    const masks = new Float64Array(count * width);
    steps.forEach((step, k) => {
      const own = byStep.get(step)!.values;
      for (let i = 0; i < width; i++) {
        const value = own[first.indices?.[i] ?? i]!;
        const seen = !Number.isNaN(value);
        values[k * width + i] = seen ? value : 0;
        masks[k * width + i] = seen ? 1 : 0;
      }
    });
    return [
      { data: values, shape: [count, width] },
      { data: masks, shape: [count, width] },
    ];
  });
}

function checkWindow(method: string, { model, background, observations }: WindowProblem): void {
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
}
