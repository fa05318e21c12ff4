import { ArgumentError, ShapeError } from "../engine/errors/index.ts";
import type { ArrayLike64 } from "../engine/tensor/index.ts";
import { toEnsemble, toVector } from "./check.ts";
import { chiSquareTail } from "./chi-square.ts";

/** What a test for a flat rank histogram says. */
export interface Flatness {
  /** Pearson's `Σ (count − expected)² / expected`; NaN without a case. */
  readonly chi2: number;
  /** Degrees of freedom: one per member. */
  readonly degrees: number;
  /** Probability of such a value or a larger one if truth and members were draws of one distribution; NaN without a case. */
  readonly pValue: number;
}

/**
 * Counts how often the truth falls below all members, between the first and second, …, above all [Hamill2001].
 *
 * Flat: reliable. A valley: too little spread. A hill: too much. A slope: bias. The truth's rank among equal members
 * is drawn evenly with the uniform numbers passed in. Cases with a NaN in the truth or in a member are not counted but
 * kept in `skipped`.
 */
export class RankHistogram {
  /** How many cases had each rank: `members + 1` counts. */
  readonly counts: Float64Array;
  /** Variables left out because a number was missing. */
  skipped = 0;

  /**
   * @param members size of the ensembles
   * @param counts counts to go on from, for instance of a checkpoint (copied)
   * @throws ArgumentError if `members` is no positive integer
   * @throws ShapeError if `counts` has not one entry more than there are members
   */
  constructor(members: number, counts?: ArrayLike<number>) {
    if (!Number.isInteger(members) || members < 1)
      throw new ArgumentError("members", `expected a positive integer, got ${members}`);
    if (counts !== undefined && counts.length !== members + 1)
      throw new ShapeError("counts", `expected ${members + 1} counts for ${members} members, got ${counts.length}`);
    this.counts = counts === undefined ? new Float64Array(members + 1) : Float64Array.from(counts);
  }

  /**
   * Adds one case per variable. Cost `O(members · n)`.
   * @param E `[members, n]` @param truth `[n]`
   * @param uniform gives numbers in [0, 1); called only for ties, in the order of the variables
   * @throws ShapeError if the shapes don't fit
   */
  add(E: ArrayLike64, truth: ArrayLike64, uniform: () => number): void {
    const { data, shape } = toEnsemble(E, "E", 1);
    const [members, n] = [shape[0]!, shape[1]!];
    if (members !== this.counts.length - 1)
      throw new ShapeError("E", `expected ${this.counts.length - 1} members, got ${members}`);
    const y = toVector(truth, "truth", n);
    for (let i = 0; i < n; i++) {
      let below = 0;
      let equal = 0;
      let missing = Number.isNaN(y[i]!);
      for (let k = 0; k < members; k++) {
        const member = data[k * n + i]!;
        if (member < y[i]!) below++;
        else if (member === y[i]!) equal++;
        else if (Number.isNaN(member)) missing = true;
      }
      if (missing) this.skipped++;
      else this.counts[below + (equal === 0 ? 0 : Math.floor(uniform() * (equal + 1)))]!++;
    }
  }

  /** Pearson's chi-square test of the counts so far; see {@link rankFlatness}. */
  flatness(): Flatness {
    return rankFlatness(this.counts);
  }
}

/**
 * Pearson's chi-square test for equal rank counts. It takes the cases as independent: neighbouring variables and
 * successive cycles are not, so that a small p-value of a run with correlated cases proves little.
 * @param counts one per rank, at least two
 * @throws ShapeError for fewer than two ranks
 */
export function rankFlatness(counts: ArrayLike<number>): Flatness {
  const degrees = counts.length - 1;
  if (degrees < 1) throw new ShapeError("counts", `expected at least two ranks, got ${counts.length}`);
  let total = 0;
  for (let k = 0; k < counts.length; k++) total += counts[k]!;
  const expected = total / counts.length;
  let chi2 = 0;
  for (let k = 0; k < counts.length; k++) chi2 += (counts[k]! - expected) ** 2 / expected;
  return { chi2, degrees, pValue: chiSquareTail(chi2, degrees) };
}
