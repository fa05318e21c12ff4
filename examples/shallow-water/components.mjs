// Principal components of many fields by subspace iteration.
import { compile, randomStreams, trace } from "onda-da";

/**
 * Mean, `count` orthonormal directions [count, n] of most variance, the largest first, and the coefficients [samples, count].
 * Products with the samples run in ONNX Runtime where it is installed.
 */
export async function principalComponents(samples, n, count, iterations = 8) {
  const total = samples.length / n;
  const mean = new Float64Array(n);
  for (let s = 0; s < total; s++) for (let i = 0; i < n; i++) mean[i] += samples[s * n + i] / total;
  const X = Float64Array.from(samples, (value, at) => value - mean[at % n]);
  const width = count + 10;
  const shape = [total, n];
  const project = compile(
    trace((x, q) => x.matmul(q.transpose()), [shape, [width, n]]),
    { executor: "auto" },
  );
  const back = compile(
    trace((c, x) => c.transpose().matmul(x), [[total, width], shape]),
    { executor: "auto" },
  );
  const stream = randomStreams(1).stream("start");
  let Q = orthonormal(
    Float64Array.from({ length: width * n }, () => stream.normal()),
    width,
    n,
  );
  for (let k = 0; k < iterations; k++) {
    const [C] = await project.run([
      { data: X, shape },
      { data: Q, shape: [width, n] },
    ]);
    const [next] = await back.run([C, { data: X, shape }]);
    Q = orthonormal(next.data, width, n);
  }
  const [C] = await project.run([
    { data: X, shape },
    { data: Q, shape: [width, n] },
  ]);
  const variance = (j) => {
    let sum = 0;
    for (let s = 0; s < total; s++) sum += C.data[s * width + j] ** 2;
    return sum;
  };
  const order = Array.from({ length: width }, (_, j) => j).sort((a, b) => variance(b) - variance(a));
  const kept = order.slice(0, count);
  const directions = new Float64Array(count * n);
  const coefficients = new Float64Array(total * count);
  kept.forEach((j, k) => {
    directions.set(Q.subarray(j * n, (j + 1) * n), k * n);
    for (let s = 0; s < total; s++) coefficients[s * count + k] = C.data[s * width + j];
  });
  return { mean, directions, coefficients };
}

/** Rows made orthonormal, one after the other, twice. */
function orthonormal(rows, count, n) {
  const Q = Float64Array.from(rows);
  const row = (j) => Q.subarray(j * n, (j + 1) * n);
  for (let j = 0; j < count; j++) {
    const own = row(j);
    for (let pass = 0; pass < 2; pass++)
      for (let k = 0; k < j; k++) {
        const other = row(k);
        let dot = 0;
        for (let i = 0; i < n; i++) dot += own[i] * other[i];
        for (let i = 0; i < n; i++) own[i] -= dot * other[i];
      }
    const length = Math.hypot(...own);
    for (let i = 0; i < n; i++) own[i] /= length;
  }
  return Q;
}
