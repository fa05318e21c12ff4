import type { Koffi, NativeFunction } from "../../../src/engine/linalg/native/index.ts";

type Numbers = Float64Array;
type Integers = Int32Array;

const at = (a: Numbers, ld: Integers, i: number, j: number): number => a[i + j * ld[0]!]!;

/** The reference BLAS's functions by their definitions, column-major, on the arrays themselves. */
const routines: Record<string, (...values: never[]) => void> = {
  dgemm_(
    ta: string,
    tb: string,
    m: Integers,
    n: Integers,
    k: Integers,
    alpha: Numbers,
    A: Numbers,
    lda: Integers,
    B: Numbers,
    ldb: Integers,
    beta: Numbers,
    C: Numbers,
    ldc: Integers,
  ) {
    for (let i = 0; i < m[0]!; i++)
      for (let j = 0; j < n[0]!; j++) {
        let sum = 0;
        for (let p = 0; p < k[0]!; p++)
          sum +=
            (ta === "N" ? at(A, lda, i, p) : at(A, lda, p, i)) * (tb === "N" ? at(B, ldb, p, j) : at(B, ldb, j, p));
        const to = i + j * ldc[0]!;
        C[to] = alpha[0]! * sum + (beta[0] === 0 ? 0 : beta[0]! * C[to]!);
      }
  },
  dsyrk_(
    uplo: string,
    trans: string,
    n: Integers,
    k: Integers,
    alpha: Numbers,
    A: Numbers,
    lda: Integers,
    beta: Numbers,
    C: Numbers,
    ldc: Integers,
  ) {
    for (let i = 0; i < n[0]!; i++)
      for (let j = 0; j < n[0]!; j++) {
        if (uplo === "L" ? i < j : i > j) continue;
        let sum = 0;
        for (let p = 0; p < k[0]!; p++)
          sum += trans === "N" ? at(A, lda, i, p) * at(A, lda, j, p) : at(A, lda, p, i) * at(A, lda, p, j);
        const to = i + j * ldc[0]!;
        C[to] = alpha[0]! * sum + (beta[0] === 0 ? 0 : beta[0]! * C[to]!);
      }
  },
  /** A = UᵀU or LLᵀ, by the triangle that is named alone. */
  dpotrf_(uplo: string, order: Integers, A: Numbers, lda: Integers, info: Integers) {
    const place = (i: number, j: number): number => (uplo === "L" ? i + j * lda[0]! : j + i * lda[0]!);
    for (let j = 0; j < order[0]!; j++) {
      for (let i = j; i < order[0]!; i++) {
        let sum = A[place(i, j)]!;
        for (let p = 0; p < j; p++) sum -= A[place(i, p)]! * A[place(j, p)]!;
        if (i === j && !(sum > 0)) {
          info[0] = j + 1;
          return;
        }
        A[place(i, j)] = i === j ? Math.sqrt(sum) : sum / A[place(j, j)]!;
      }
    }
  },
  /** Cyclic Jacobi, then sorted. */
  dsyevd_(
    _jobz: string,
    uplo: string,
    order: Integers,
    A: Numbers,
    _lda: Integers,
    w: Numbers,
    work: Numbers,
    lwork: Integers,
    iwork: Integers,
    liwork: Integers,
  ) {
    const n = order[0]!;
    if (lwork[0] === -1 || liwork[0] === -1) {
      work[0] = 1 + 6 * n + 2 * n * n;
      iwork[0] = 3 + 5 * n;
      return;
    }
    if (work.length < 1 + 6 * n + 2 * n * n || iwork.length < 3 + 5 * n) throw new Error("too little room");
    const S = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => {
        const [low, high] = [Math.min(i, j), Math.max(i, j)];
        return uplo === "U" ? A[low + high * n]! : A[high + low * n]!;
      }),
    );
    const V = S.map((_, i) => S.map((_, j) => (i === j ? 1 : 0)));
    const rotate = (M: number[][], p: number, q: number, c: number, s: number): void => {
      for (const row of M) [row[p], row[q]] = [c * row[p]! - s * row[q]!, s * row[p]! + c * row[q]!];
    };
    for (let sweep = 0; sweep < 12; sweep++)
      for (let p = 0; p < n; p++)
        for (let q = p + 1; q < n; q++) {
          if (Math.abs(S[p]![q]!) < 1e-300) continue;
          const theta = (S[q]![q]! - S[p]![p]!) / (2 * S[p]![q]!);
          const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1));
          const c = 1 / Math.hypot(t, 1);
          rotate(S, p, q, c, t * c);
          const [a, b] = [S[p]!.slice(), S[q]!.slice()];
          for (let j = 0; j < n; j++) {
            S[p]![j] = c * a[j]! - t * c * b[j]!;
            S[q]![j] = t * c * a[j]! + c * b[j]!;
          }
          rotate(V, p, q, c, t * c);
        }
    const sorted = S.map((row, i) => ({ value: row[i]!, i })).sort((a, b) => a.value - b.value);
    sorted.forEach(({ value, i }, j) => {
      w[j] = value;
      for (let row = 0; row < n; row++) A[row + j * n] = V[row]![i]!;
    });
  },
};

/** koffi with one library, "/lib/there.so", whose calls are counted; `change` replaces functions (undefined: takes away). */
export function fakeKoffi(
  change: Record<string, NativeFunction | undefined> = {},
): Koffi & { readonly calls: Map<string, number>; readonly tried: string[] } {
  const calls = new Map<string, number>();
  const tried: string[] = [];
  return {
    calls,
    tried,
    load(path) {
      tried.push(path);
      if (path !== "/lib/there.so" && path !== "libopenblas.so") throw new Error(`cannot open ${path}`);
      return {
        func(name, _result, parameters) {
          const routine = name in change ? change[name] : (routines[name] as NativeFunction | undefined);
          if (routine === undefined) throw new Error(`no function ${name}`);
          return (...values) => {
            if (values.length !== parameters.length) throw new Error(`${name}: ${values.length} arguments`);
            calls.set(name, (calls.get(name) ?? 0) + 1);
            return routine(...values);
          };
        },
      };
    },
  };
}
