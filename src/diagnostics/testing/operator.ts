import { compile } from "../../engine/execute/index.ts";
import { trace } from "../../engine/graph/index.ts";
import { type RandomStream, randomStreams } from "../../engine/random/index.ts";
import type { Operator } from "../../problem/operators/index.ts";
import { type Check, type Conformance, compared, conformance, holds } from "./checks.ts";
import { testDerivatives } from "./derivatives.ts";
import { hasKinks } from "./kinks.ts";
import { axpy, norm, relativeDistance } from "./vectors.ts";

export interface OperatorCheckOptions {
  /** The state at which it is tried, [inSize]; standard normal numbers by default. */
  readonly at?: Float64Array;
  /** The time of it, 0 by default. */
  readonly time?: number;
  /** Where random directions come from; seed 0 by default. */
  readonly random?: RandomStream;
  /** Whether it has kinks (ReLU, max): Taylor tests may then look for a direction without one. Of formulas it is known. */
  readonly kinks?: boolean;
  /** Relative rounding error of its arithmetic, float64's by default; 2 ** −23 for networks computed in float32. */
  readonly epsilon?: number;
}

/**
 * Tries what an operator has to be: a result of its size, the same every time, its argument left alone; members of a batch as one by one;
 * linear if it says so; the formula as the function; and, where it has derivatives, tangent-linear against central differences, adjoint
 * by ⟨Ju, v⟩ = ⟨u, Jᵀv⟩, a Taylor remainder of second order, tangents of a batch. Some 50 runs.
 */
export async function checkOperator(operator: Operator, options: OperatorCheckOptions = {}): Promise<Conformance> {
  const { random = randomStreams(0).stream("conformance"), time = 0, epsilon = 2 ** -52 } = options;
  const x = options.at ?? random.normals(operator.inSize);
  const context: Context = { operator, x, time, random, epsilon, tolerance: 2 ** 12 * epsilon };
  const first = await basics(context);
  const checks = first.every(({ passed }) => passed)
    ? [...first, ...(await forms(context)), ...(await derivatives(context, options.kinks))]
    : first;
  return conformance(`operator "${operator.name}" from ${operator.inSize} to ${operator.outSize}`, checks);
}

interface Context {
  readonly operator: Operator;
  readonly x: Float64Array;
  readonly time: number;
  readonly random: RandomStream;
  readonly epsilon: number;
  readonly tolerance: number;
}

async function basics({ operator, x, time }: Context): Promise<Check[]> {
  const given = x.slice();
  const y = await operator.apply(given, time);
  const again = await operator.apply(x.slice(), time);
  const size = y.length === operator.outSize;
  return [
    holds("size", size, size ? "" : `expected ${operator.outSize} numbers, got ${y.length}`),
    holds("finite", y.every(Number.isFinite)),
    holds(
      "argument unchanged",
      given.every((value, i) => value === x[i]),
    ),
    holds(
      "repeatable",
      y.every((value, i) => Object.is(value, again[i])),
    ),
  ];
}

async function forms({ operator, x, time, random, tolerance }: Context): Promise<Check[]> {
  const { inSize: n, outSize: m } = operator;
  const checks: Check[] = [];
  const y = await operator.apply(x, time);
  const other = random.normals(n).map((value, i) => x[i]! + 0.1 * value);
  const yOther = await operator.apply(other, time);
  const both = new Float64Array(2 * n);
  both.set(x);
  both.set(other, n);
  const batch = (await operator.applyBatch({ data: both, shape: [2, n] }, time)).data;
  const singly = Math.max(relativeDistance(batch.slice(0, m), y), relativeDistance(batch.slice(m), yOther));
  checks.push(compared("members of a batch", singly, tolerance, "as one by one"));
  if (operator.linear) {
    const sum = await operator.apply(axpy(2, x, other), time);
    const scale = norm(sum) + 2 * norm(y) + norm(yOther);
    checks.push(compared("linear, as it says", relativeDistance(sum, axpy(2, y, yOther), scale), tolerance));
  }
  const { indices } = operator;
  if (indices !== undefined)
    checks.push(
      holds(
        "picks the elements it says",
        y.every((value, i) => value === x[indices[i]!]),
      ),
    );
  const { traced } = operator;
  if (traced !== undefined) {
    const graph = trace((state, t) => traced.call(operator, state, t), [operator.inShape, []]);
    const result = compile(graph).runSync([{ data: x, shape: operator.inShape }, time])[0]!.data;
    checks.push(compared("its formula", relativeDistance(result, y), tolerance, "traced as applied"));
  }
  return checks;
}

async function derivatives(context: Context, given: boolean | undefined): Promise<Check[]> {
  const { operator, x, time, random, epsilon, tolerance } = context;
  const { tangent, adjoint, tangentBatch, traced } = operator;
  if (tangent === undefined && adjoint === undefined) return [];
  if (tangent === undefined || adjoint === undefined)
    return [holds("derivatives", false, `there is ${tangent === undefined ? "no tangent" : "no adjoint"}`)];
  const kinks =
    given ??
    (traced !== undefined && hasKinks(trace((state, t) => traced.call(operator, state, t), [operator.inShape, []])));
  const map = {
    apply: (at: Float64Array) => operator.apply(at, time),
    tangent: (at: Float64Array, dx: Float64Array) => tangent.call(operator, at, dx, time),
    adjoint: (at: Float64Array, dy: Float64Array) => adjoint.call(operator, at, dy, time),
  };
  const tests = await testDerivatives({ map, x, random, kinks, epsilon });
  const { rows, passed, remark } = tests.taylor;
  const orders = rows.flatMap(({ order }) => (order === undefined ? [] : [order.toFixed(2)]));
  const checks = [
    compared("tangent", tests.tangent.error, tests.tangent.tolerance, "against central differences"),
    compared("adjoint", tests.adjoint.error, tests.adjoint.tolerance, "⟨Ju, v⟩ and ⟨u, Jᵀv⟩"),
    holds(
      "Taylor",
      passed,
      [`orders ${orders.join(", ") || "none, rounding alone"}`, remark].filter(Boolean).join("; "),
    ),
  ];
  if (tangentBatch === undefined) return checks;
  const n = operator.inSize;
  const dX = random.normals(2 * n);
  const dY = (await tangentBatch.call(operator, x, { data: dX, shape: [2, n] }, time)).data;
  const m = operator.outSize;
  const errors = [];
  for (const k of [0, 1])
    errors.push(relativeDistance(dY.slice(k * m, (k + 1) * m), await map.tangent(x, dX.slice(k * n, (k + 1) * n))));
  return [...checks, compared("tangents of a batch", Math.max(...errors), tolerance, "as one by one")];
}
