import type { DifferentiableMap } from "./map.ts";
import { axpy, norm } from "./vectors.ts";

/** One step of a Taylor test. */
export interface TaylorRow {
  readonly step: number;
  /** |F(x + hu) − F(x) − h J u| */
  readonly remainder: number;
  /** Power of h by which it fell since the step before; undefined at the first, and where only rounding is left. */
  readonly order: number | undefined;
  /** Whether the remainder is no larger than rounding makes it. */
  readonly rounding: boolean;
}

export interface TaylorTest {
  readonly rows: readonly TaylorRow[];
  readonly passed: boolean;
  /** What was changed to keep off a kink, empty when nothing was. */
  readonly remark: string;
  /** Place and direction of the test. */
  readonly x: Float64Array;
  readonly direction: Float64Array;
}

export interface TaylorOptions {
  readonly map: Pick<DifferentiableMap, "apply" | "tangent">;
  readonly x: Float64Array;
  readonly direction: Float64Array;
  /** A direction of the size of x. */
  draw(): Float64Array;
  readonly kinks: boolean;
  readonly epsilon: number;
}

/** Orders that count as second or better: kinks crossed and left behind make it larger. */
const LEAST_ORDER = 1.8;

/**
 * Steps of 1e-1 to 1e-6; passed when the last three at least show a remainder of second order, or nothing but rounding, as
 * for linear pieces. Where the map has kinks, further trials shrink the steps, then draw other directions, then move x.
 */
export async function taylorTest({ map, x, direction, draw, kinks, epsilon }: TaylorOptions): Promise<TaylorTest> {
  const run = async (at: Float64Array, u: Float64Array, first: number, remark: string): Promise<TaylorTest> => {
    const rows = await remainders(map, at, u, first, epsilon);
    return { rows, passed: showsOrder(rows), remark, x: at, direction: u };
  };
  const start = await run(x, direction, 1, "");
  const uneven = start.rows.some(({ order }) => order !== undefined && order < LEAST_ORDER);
  if (start.passed && kinks && uneven) return { ...start, remark: "kinks lie inside the larger steps" };
  if (start.passed || !kinks) return start;
  const shorter = await run(x, direction, 4, "a kink is near: shorter steps");
  if (shorter.passed) return shorter;
  for (let trial = 0; trial < 4; trial++) {
    const other = draw();
    for (const first of [1, 4]) {
      const result = await run(x, other, first, "a kink lies on the way: another direction");
      if (result.passed) return result;
    }
  }
  for (let trial = 0; trial < 4; trial++) {
    const beside = axpy(1e-3, draw(), x);
    for (const first of [1, 4]) {
      const result = await run(beside, draw(), first, "a kink lies at the input itself: tested beside it");
      if (result.passed) return result;
    }
  }
  return start;
}

async function remainders(
  map: TaylorOptions["map"],
  x: Float64Array,
  u: Float64Array,
  first: number,
  epsilon: number,
): Promise<TaylorRow[]> {
  const y = await map.apply(x);
  const Ju = await map.tangent(x, u);
  const rows: TaylorRow[] = [];
  for (let power = first; power < first + 6; power++) {
    const step = 10 ** -power;
    const ahead = await map.apply(axpy(step, u, x));
    const remainder = norm(ahead.map((value, i) => value - y[i]! - step * Ju[i]!));
    const floor = 100 * epsilon * (norm(ahead) + norm(y) + norm(Ju) + Number.MIN_VALUE);
    const rounding = remainder <= floor;
    const before = rows.at(-1);
    const order =
      before === undefined || rounding || before.remainder === 0 ? undefined : Math.log10(before.remainder / remainder);
    rows.push({ step, remainder, order, rounding });
  }
  return rows;
}

/**
 * Three successive steps over which the remainder falls by second order, or ends as rounding, and no worse ones after them:
 * of a derivative that is wrong by little the smallest steps alone are of first order.
 */
function showsOrder(rows: readonly TaylorRow[]): boolean {
  const good = rows.map(({ order, rounding }) => rounding || (order ?? 0) >= LEAST_ORDER);
  return good.length - 1 - good.lastIndexOf(false) >= 2;
}
