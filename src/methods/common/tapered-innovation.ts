import type { NdArray } from "../../engine/tensor/index.ts";
import { type Covariance, denseCovariance, sparseCovariance } from "../../problem/covariance/index.ts";
import type { InnovationCovariance } from "./innovation.ts";
import type { SerialReach } from "./serial.ts";

/** Above this part of non-zeros S is a full matrix. */
const dense = 0.2;

/**
 * S = ρ ∘ YᵀY/(N − 1) + R with tapers ρ among the observations, and gains ρ ∘ XᵀY S⁻¹/(N − 1) on the variables that each of them
 * reaches. Sparse where the tapers leave little. O(N) for each pair within reach and the factorisation of S.
 * @throws NumericalError when S isn't positive definite, which a taper that isn't can cause
 * @see [HoutekamerMitchell2001]
 */
export function taperedInnovationCovariance(
  Y: NdArray,
  R: Covariance,
  reach: readonly SerialReach[],
): InnovationCovariance {
  const [N, m] = [Y.shape[0]!, Y.shape[1]!];
  const k = N - 1;
  const S = sum(Y, R, reach);
  return {
    increments(D, X) {
      const [rows, n] = [D.shape[0]!, X.shape[1]!];
      const data = new Float64Array(rows * n);
      const solved = new Float64Array(rows * m);
      for (let row = 0; row < rows; row++) solved.set(S.solve(D.data.subarray(row * m, (row + 1) * m)), row * m);
      reach.forEach(({ variables, variableTapers }, j) => {
        variables.forEach((i, place) => {
          let product = 0;
          for (let member = 0; member < N; member++) product += X.data[member * n + i]! * Y.data[member * m + j]!;
          const gain = (variableTapers[place]! * product) / k;
          for (let row = 0; row < rows; row++) data[row * n + i]! += gain * solved[row * m + j]!;
        });
      });
      return { data, shape: [rows, n] };
    },
    chi2: (d) => S.solve(d).reduce((total, value, i) => total + value * d[i]!, 0),
    logDeterminant: S.logDeterminant(),
  };
}

function sum(Y: NdArray, R: Covariance, reach: readonly SerialReach[]): Covariance {
  const [N, m] = [Y.shape[0]!, Y.shape[1]!];
  const product = (i: number, j: number): number => {
    let total = 0;
    for (let member = 0; member < N; member++) total += Y.data[member * m + i]! * Y.data[member * m + j]!;
    return total / (N - 1);
  };
  const pairs = reach.reduce((total, { observations }) => total + observations.length, 0);
  const independent = R.kind === "scalar" || R.kind === "diagonal";
  if (!independent || pairs > dense * m * m) {
    const data = R.dense();
    reach.forEach(({ observations, observationTapers }, j) => {
      observations.forEach((i, place) => {
        data[j * m + i]! += observationTapers[place]! * product(i, j);
      });
    });
    return denseCovariance({ data, shape: [m, m] }, { place: "S" });
  }
  const errors = R.diagonal();
  const [rows, columns, values] = [new Int32Array(pairs), new Int32Array(pairs), new Float64Array(pairs)];
  let at = 0;
  reach.forEach(({ observations, observationTapers }, j) => {
    observations.forEach((i, place) => {
      rows[at] = j;
      columns[at] = i;
      values[at++] = observationTapers[place]! * product(i, j) + (i === j ? errors[i]! : 0);
    });
  });
  return sparseCovariance({ size: m, rows, columns, values }, { place: "S" });
}
