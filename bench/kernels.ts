/**
 * How fast is the linear algebra? Kernels against plain JavaScript and a native BLAS (from the sizes on from which it is used)
 * in one process, and NumPy, SciPy and PyTorch on one thread
 * when ONDA_PEERS is a Python that has them. Medians; GFLOP/s where the count of operations is plain. `npm run bench -- kernels`
 * takes a word of the cases' names.
 */
import { spawnSync } from "node:child_process";
import {
  cholesky,
  choleskySolve,
  fftRows,
  gram,
  luSolve,
  matmul,
  qr,
  rfft2,
  svd,
  symmetricEigen,
} from "../src/engine/linalg/index.ts";
import { nativeBlas, useNativeBlas } from "../src/engine/linalg/native/index.ts";
import { kernelsOn, useKernels } from "../src/engine/linalg/wasm/index.ts";
import { randomStreams } from "../src/engine/random/index.ts";
import { compare } from "./timing.ts";

interface Case {
  readonly name: string;
  /** Floating-point operations, where one says how many. */
  readonly flops?: number;
  /** Makes what is timed: the same code with the kernels on or off, or a kernel alone. */
  readonly make: () => () => void;
  /** There is no JavaScript for it. */
  readonly kernelOnly?: boolean;
}

const stream = randomStreams(1).stream("bench", 0, 0);
const normals = (count: number): Float64Array => stream.normals(count);

function definite(n: number): Float64Array {
  const A = gram(normals(n * n), n, n);
  for (let i = 0; i < n; i++) A[i * n + i] = A[i * n + i]! + 1;
  return A;
}

const memory = new WebAssembly.Memory({ initial: 1024 });
const kernels = kernelsOn(memory);
/** Lays numbers into the kernels' memory: addresses of arrays of so many bytes, 64 apart at least. */
function places(...sizes: number[]): number[] {
  new Float64Array(memory.buffer).fill(0.5);
  let at = 1024;
  return sizes.map((size) => {
    const address = at;
    at += 64 * Math.ceil(size / 64) + 64;
    return address;
  });
}

function single(m: number, k: number, n: number): Case {
  const make = (): (() => void) => {
    const [a, b, c, work] = places(4 * m * k, 4 * k * n, 4 * m * n, 0) as [number, number, number, number];
    return () => kernels.gemm32(m, n, k, 1, a, k, 1, b, n, 1, 0, c, n, work);
  };
  return { name: `gemm32 ${m === n && n === k ? m : `${m}x${k}x${n}`}`, flops: 2 * m * n * k, make, kernelOnly: true };
}

function double(m: number, k: number, n: number): Case {
  const make = (): (() => void) => {
    const [A, B, out] = [normals(m * k), normals(k * n), new Float64Array(m * n)];
    return () => matmul(A, B, m, k, n, out);
  };
  return { name: `gemm64 ${m === n && n === k ? m : `${m}x${k}x${n}`}`, flops: 2 * m * n * k, make };
}

function inPlace(m: number, n: number): Case {
  const make = (): (() => void) => {
    const [x, w, work] = places(8 * m * n, 8 * n * n, 0) as [number, number, number];
    new Float64Array(memory.buffer, w, n * n).fill(1 / n);
    return () => kernels.gemmInPlace64(m, n, x, n, w, n, work);
  };
  return { name: `inplace ${m}x${n}`, flops: 2 * m * n * n, make, kernelOnly: true };
}

function convolution(bits: 32 | 64, channels: number, size: number): Case {
  const make = (): (() => void) => {
    const bytes = bits / 8;
    const image = bytes * channels * size * size;
    const [table, x, w, y, work] = places(88, image, 9 * bytes * channels * channels, image, 0);
    const shape = [1, channels, channels, 1, 1, size, size, 1, 3, 3, 1, size, size, 1, 1, 1, 0, 1, 1, 1, 1, 1];
    new Int32Array(memory.buffer, table, 22).set(shape);
    const run = bits === 32 ? kernels.conv32 : kernels.conv64;
    return () => run(x!, w!, y!, table!, work!);
  };
  const flops = 18 * channels * channels * size * size;
  return { name: `conv${bits} ${channels}x${size}`, flops, make, kernelOnly: true };
}

const cases: Case[] = [
  ...[16, 32, 64, 128, 256, 512, 1024].map((n) => double(n, n, n)),
  double(1024, 32, 1024),
  double(20000, 40, 40),
  ...[64, 256, 1024].map((n) => single(n, n, n)),
  inPlace(20000, 40),
  inPlace(20000, 100),
  ...[
    [20000, 40],
    [1000, 200],
  ].map(([m, n]) => ({
    name: `gram ${m}x${n}`,
    flops: 2 * m! * n! * n!,
    make: () => {
      const A = normals(m! * n!);
      return () => gram(A, m!, n!);
    },
  })),
  ...[7, 10, 20, 40, 64, 100, 256].map((n) => ({
    name: `eigen ${n}`,
    make: () => {
      const A = definite(n);
      return () => symmetricEigen(A, n);
    },
  })),
  ...[16, 64, 256, 512, 1024].map((n) => ({
    name: `cholesky ${n}`,
    flops: n ** 3 / 3,
    make: () => {
      const [A, out] = [definite(n), new Float64Array(n * n)];
      return () => cholesky(A, n, out);
    },
  })),
  ...[16, 64, 256, 512].map((n) => ({
    name: `lu ${n}`,
    flops: (2 * n ** 3) / 3,
    make: () => {
      const [A, B] = [normals(n * n), normals(n)];
      return () => luSolve(A, n, B);
    },
  })),
  ...[40, 256].map((n) => ({
    name: `solve ${n}`,
    flops: 2 * n ** 3,
    make: () => {
      const L = cholesky(definite(n), n);
      if (!L.ok) throw new Error("indefinite");
      const B = normals(n * n);
      return () => choleskySolve(L.L, n, B, n);
    },
  })),
  ...[
    [800, 40],
    [20000, 40],
  ].map(([m, n]) => ({
    name: `qr ${m}x${n}`,
    make: () => {
      const A = normals(m! * n!);
      return () => qr(A, m!, n!);
    },
  })),
  ...[
    [40, 40],
    [2000, 40],
  ].map(([m, n]) => ({
    name: `svd ${m}x${n}`,
    make: () => {
      const A = normals(m! * n!);
      return () => svd(A, m!, n!);
    },
  })),
  ...[64, 100, 1024, 4096, 16384, 65536].map((n) => ({
    name: `fft ${n}`,
    make: () => {
      const x = normals(2 * n);
      // There and back would hide a difference; forward alone would overflow after some hundred calls.
      return () => {
        fftRows(x, 0, 1, n, false);
        x.fill(1, 0, 2);
        if (!(Math.abs(x[2]!) < 1e100)) x.fill(1);
      };
    },
  })),
  {
    name: "rfft2 256x256",
    make: () => {
      const [x, y] = [normals(65536), new Float64Array(2 * 256 * 129)];
      return () => rfft2(x, 0, 1, 256, 256, y, 0);
    },
  },
  convolution(32, 16, 64),
  convolution(32, 64, 64),
  convolution(64, 16, 64),
  convolution(64, 64, 64),
];

const wanted = process.argv.slice(2);
const blas = nativeBlas();
console.log(blas === undefined ? "no native BLAS (koffi and OpenBLAS)" : `native: ${blas.name}, ${blas.path}`);
const chosen = cases.filter(({ name }) => wanted.every((word) => name.includes(word)));
const rows: Record<string, string | number>[] = [];
for (const { name, flops, make, kernelOnly } of chosen) {
  const run = make();
  const switched =
    (on: boolean, native = false) =>
    () => {
      useKernels(on);
      useNativeBlas(native ? blas : undefined);
      run();
    };
  const timed = [{ name: "kernels", run: switched(true) }];
  if (!kernelOnly) timed.push({ name: "js", run: switched(false) });
  if (blas !== undefined && /^(gemm64|gram|eigen|cholesky)/.test(name))
    timed.push({ name: "native", run: switched(true, true) });
  const times = compare(timed, 7, 10);
  useKernels(true);
  const [fast, plain, native] = [times.get("kernels")!, times.get("js"), times.get("native")];
  rows.push({
    case: name,
    "kernels µs": Number(fast.toPrecision(3)),
    ...(flops === undefined ? {} : { "GFLOP/s": Number((flops / fast / 1000).toPrecision(3)) }),
    ...(plain === undefined
      ? {}
      : { "js µs": Number(plain.toPrecision(3)), "js / kernels": Number((plain / fast).toPrecision(3)) }),
    ...(native === undefined
      ? {}
      : { "native µs": Number(native.toPrecision(3)), "kernels / native": Number((fast / native).toPrecision(3)) }),
  });
}
addPeers();
console.table(rows);
console.log(JSON.stringify(rows));

/** A column with NumPy's and SciPy's times, where they can be had. */
function addPeers(): void {
  const python = process.env.ONDA_PEERS;
  if (python === undefined) {
    console.log("peers skipped: set ONDA_PEERS to a Python with numpy and scipy (and torch for convolutions)");
    return;
  }
  const names = JSON.stringify(rows.map((row) => row.case));
  const result = spawnSync(python, ["bench/peers/kernels.py", names], { encoding: "utf8" });
  if (result.status !== 0) {
    console.log(`peers skipped: ${result.stderr || result.error?.message}`);
    return;
  }
  const times: Record<string, number> = JSON.parse(result.stdout);
  for (const row of rows) {
    const peer = times[String(row.case)];
    if (peer === undefined) continue;
    row["peer µs"] = Number(peer.toPrecision(3));
    row["kernels / peer"] = Number((Number(row["kernels µs"]) / peer).toPrecision(3));
  }
}
