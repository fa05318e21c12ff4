import type { Model } from "../../problem/models/index.ts";
import { type Check, type Conformance, compared, conformance, holds } from "./checks.ts";
import { checkOperator, type OperatorCheckOptions } from "./operator.ts";
import { relativeDistance } from "./vectors.ts";

export interface ModelCheckOptions extends OperatorCheckOptions {
  /** Steps of the interval whose derivatives are tried, 3 by default. */
  readonly steps?: number;
  /**
   * Steps after which intervals compose: 1, unless one call of a network returns several states (then the default is their number, `stepsPerCall`
   * of the model's options).
   */
  readonly block?: number;
}

/**
 * Tries what a model has to be: steps that compose (two of them as one after the other, a step at its own time), trajectories that hold the
 * states between, and all that {@link checkOperator} tries of a step and of an interval.
 */
export async function checkModel(model: Model, options: ModelCheckOptions = {}): Promise<Conformance> {
  const { steps = 3, time = 0, block = blockOf(model), ...rest } = options;
  const x = rest.at ?? Float64Array.from({ length: model.size }, (_, i) => Math.sin(1 + i));
  const tolerance = 2 ** 12 * (rest.epsilon ?? 2 ** -52);
  const named = (label: string, { checks }: Conformance): Check[] =>
    checks.map((check) => ({ ...check, name: `${label}: ${check.name}` }));
  const checks = [
    holds("step", model.dt > 0 && Number.isFinite(model.dt), `dt is ${model.dt}`),
    ...named("one step", await checkOperator(model.advance(1), { ...rest, at: x, time })),
  ];
  if (checks.every(({ passed }) => passed)) {
    const first = await model.advance(block).apply(x, time);
    const second = await model.advance(block).apply(first, time + block * model.dt);
    const both = await model.advance(2 * block).apply(x, time);
    const path = await model.trajectory(2 * block).apply(x, time);
    const n = model.size;
    const after = (count: number): Float64Array => path.slice((count - 1) * n, count * n);
    const between = Math.max(relativeDistance(after(block), first), relativeDistance(after(2 * block), second));
    checks.push(
      compared(
        "steps compose",
        relativeDistance(both, second),
        tolerance,
        block === 1 ? "two at once and one after the other" : `twice ${block} at once and one after the other`,
      ),
      compared("trajectory", between, tolerance, "the states after these steps"),
      ...named(`${steps} steps`, await checkOperator(model.advance(steps), { ...rest, at: x, time })),
    );
  }
  return conformance(`model "${model.name}" of ${model.size} variables`, checks);
}

function blockOf({ options }: Model): number {
  const { stepsPerCall } = options;
  return typeof stepsPerCall === "number" ? stepsPerCall : 1;
}
