// One generator of sample functions for each primitive, shared by the tests of executors.
import fc from "fast-check";
import { call, concat, grad, jvp, scan, Tensor, tensor, trace, where } from "../../../src/engine/graph/index.ts";
import * as ops from "../../../src/engine/graph/ops.ts";

/** A function of tensors, the shapes of its arguments, and a map of raw draws in (-2, 2) into its domain. */
export interface Sample {
  readonly shapes: readonly (readonly number[])[];
  readonly fn: (...args: Tensor[]) => Tensor | Tensor[];
  readonly domain?: (x: number) => number;
  /** Piecewise: no central differences across kinks. */
  readonly kinks?: boolean;
}
export const shape = (low = 1, high = 3): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max: 5 }), { minLength: low, maxLength: high });
const unary = (fn: (x: Tensor) => Tensor, domain?: (x: number) => number, kinks = false): fc.Arbitrary<Sample> =>
  shape(0).map((own) => ({ shapes: [own], fn, kinks, ...(domain && { domain }) }));
/** Shapes that broadcast: one of them loses leading axes and has some extents of 1. */
const pair = shape(1).chain((full) =>
  fc
    .tuple(
      fc.constant(full),
      fc.integer({ min: 0, max: full.length }),
      fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
      fc.boolean(),
    )
    .map(([a, cut, ones, swap]) => {
      const b = a.slice(cut).map((extent, i) => (ones[i] ? 1 : extent));
      return swap ? [b, a] : [a, b];
    }),
);
const binary = (
  fn: (a: Tensor, b: Tensor) => Tensor,
  domain?: (x: number) => number,
  kinks = false,
): fc.Arbitrary<Sample> =>
  pair.map(
    (shapes) => ({ shapes, fn: (a: Tensor, b: Tensor) => fn(a, b), kinks, ...(domain && { domain }) }) as Sample,
  );
const identity = (n: number): Tensor =>
  tensor({ data: Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)), shape: [n, n] });
/** x xᵀ + 2 of square matrices. */
const positiveDefinite = (x: Tensor): Tensor => {
  const n = x.shape.at(-1)!;
  return x.matmul(x.transpose([0, 2, 1])).add(identity(n).mul(2));
};
const positive = (x: number): number => Math.abs(x) + 0.3;
const axesOf = (own: readonly number[]): fc.Arbitrary<number[]> => fc.subarray(own.map((_, axis) => axis));
const withAxes = (fn: (x: Tensor, axes: number[]) => Tensor, kinks = false): fc.Arbitrary<Sample> =>
  shape().chain((own) => axesOf(own).map((axes) => ({ shapes: [own], fn: (x: Tensor) => fn(x, axes), kinks })));
const withAxis = (fn: (x: Tensor, axis: number, amount: number) => Tensor): fc.Arbitrary<Sample> =>
  shape().chain((own) =>
    fc
      .tuple(fc.integer({ min: 0, max: own.length - 1 }), fc.integer({ min: -7, max: 7 }))
      .map(([axis, amount]) => ({ shapes: [own], fn: (x: Tensor) => fn(x, axis, amount) })),
  );

interface Windowed {
  readonly rank: number;
  readonly groups: number;
  readonly kernel: number[];
  readonly options: {
    readonly strides: number[];
    readonly dilations: number[];
    readonly padding: { low: number[]; high: number[] };
  };
}
/** Windows over one or two spatial axes, with strides, dilations, one-sided padding and groups. */
const windowed = (make: (window: Windowed) => Sample): fc.Arbitrary<Sample> =>
  fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })).chain(([rank, groups]) => {
    const list = (min: number, max: number) => fc.array(fc.integer({ min, max }), { minLength: rank, maxLength: rank });
    return fc
      .tuple(list(1, 2), list(1, 2), list(1, 2), list(0, 1), list(0, 1))
      .map(([kernel, strides, dilations, low, high]) =>
        make({ rank, groups, kernel, options: { strides, dilations, padding: { low, high } } }),
      );
  });

export const samples: Record<string, fc.Arbitrary<Sample>> = {
  neg: unary((x) => x.neg()),
  exp: unary((x) => x.exp()),
  log: unary((x) => x.log(), positive),
  log1p: unary((x) => x.log1p(), positive),
  expm1: unary((x) => x.expm1()),
  sqrt: unary((x) => x.sqrt(), positive),
  square: unary((x) => x.square()),
  sin: unary((x) => x.sin()),
  cos: unary((x) => x.cos()),
  tan: unary(
    (x) => x.tan(),
    (x) => x / 2,
  ),
  tanh: unary((x) => x.tanh()),
  sigmoid: unary((x) => x.sigmoid()),
  relu: unary((x) => x.relu(), undefined, true),
  abs: unary((x) => x.abs(), undefined, true),
  sign: unary((x) => x.sign(), undefined, true),
  floor: unary((x) => x.floor(), undefined, true),
  clip: unary((x) => x.clip(-0.5, 0.75), undefined, true),
  cast: unary((x) => x.cast("bool").cast("float64").add(x.cast("int32")).add(x), undefined, true),
  add: binary((a, b) => a.add(b)),
  sub: binary((a, b) => a.sub(b)),
  mul: binary((a, b) => a.mul(b)),
  div: binary((a, b) => a.div(b), positive),
  pow: binary((a, b) => a.pow(b), positive),
  maximum: binary((a, b) => a.maximum(b), undefined, true),
  minimum: binary((a, b) => a.minimum(b), undefined, true),
  less: binary((a, b) => where(a.less(b), a, b), undefined, true),
  lessEqual: binary((a, b) => where(a.lessEqual(b), a.mul(2), b), undefined, true),
  equal: binary((a, b) => where(a.equal(b), a, b.square()), undefined, true),
  notEqual: binary((a, b) => where(a.notEqual(b), a.mul(b), b), undefined, true),
  where: binary((a, b) => where(a.greater(0), a.mul(b), b), undefined, true),
  sum: withAxes((x, axes) => x.square().sum(axes)),
  max: withAxes((x, axes) => x.max(axes), true),
  min: withAxes((x, axes) => x.min(axes, true), true),
  matmul: fc
    .tuple(
      shape(0, 2),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.boolean(),
    )
    .map(([batch, m, k, n, both]) => ({
      shapes: [[...batch, m, k], both ? [...batch, k, n] : [k, n]],
      fn: (a: Tensor, b: Tensor) => a.matmul(b),
    })),
  reshape: shape(1, 3).map((own) => ({
    shapes: [own],
    fn: (x: Tensor) =>
      x
        .mul(x)
        .reshape([-1])
        .reshape([...own].reverse()),
  })),
  transpose: shape(1, 4).chain((own) =>
    fc
      .shuffledSubarray(
        own.map((_, i) => i),
        { minLength: own.length },
      )
      .map((order) => ({ shapes: [own], fn: (x: Tensor) => x.transpose(order).mul(2) })),
  ),
  broadcast: pair
    .map(([a, b]) => ({
      shapes: [a!.length <= b!.length ? a! : b!],
      fn: (x: Tensor) =>
        x
          .sin()
          .broadcastTo(
            a!.map((extent, i) => Math.max(extent, b![i - a!.length + b!.length] ?? 1)).length >= b!.length
              ? a!.length >= b!.length
                ? a!
                : b!
              : b!,
          ),
    }))
    .filter(({ shapes }) => shapes.length === 1),
  slice: shape().chain((own) =>
    fc
      .tuple(
        ...own.map((extent) =>
          fc.tuple(
            fc.integer({ min: 0, max: extent - 1 }),
            fc.integer({ min: 1, max: extent }),
            fc.integer({ min: 1, max: 3 }),
          ),
        ),
      )
      .map((cuts) => ({
        shapes: [own],
        fn: (x: Tensor) =>
          x.exp().slice(
            cuts.map(([from]) => from),
            cuts.map(([from, to]) => Math.max(from + 1, to)),
            cuts.map(([, , step]) => step),
          ),
      })),
  ),
  reverse: withAxes((x, axes) => x.reverse(axes).mul(x)),
  concat: shape().chain((own) =>
    fc
      .integer({ min: 0, max: own.length - 1 })
      .map((axis) => ({ shapes: [own, own], fn: (a: Tensor, b: Tensor) => concat([a.sin(), b, a.mul(b)], axis) })),
  ),
  pad: shape(1, 2).chain((own) =>
    fc
      .tuple(
        fc.constantFrom("constant", "periodic", "edge"),
        fc.integer({ min: 0, max: 1 }),
        fc.integer({ min: 0, max: 1 }),
      )
      .map(([mode, low, high]) => ({
        shapes: [own],
        fn: (x: Tensor) =>
          x.square().pad(
            own.map(() => low),
            own.map(() => high),
            mode as "edge",
            3,
          ),
      })),
  ),
  roll: withAxis((x, axis, amount) => x.roll(amount, axis).mul(x.sin().roll(-1, axis))),
  take: withAxis((x, axis, amount) => x.mul(3).take([0, Math.abs(amount) % x.shape[axis]!, 0], axis)),
  scatterAdd: withAxis((x, axis, amount) =>
    x.mul(x).scatterAdd(
      Array.from({ length: x.shape[axis]! }, (_, i) => (i * Math.abs(amount)) % 4),
      4,
      axis,
    ),
  ),
  rfft: fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 9 }), fc.boolean())
    .map(([batch, ny, nx, two]) => ({ shapes: [[batch, ny, nx]], fn: (x: Tensor) => x.rfft(two ? 2 : 1) })),
  irfft: fc
    .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 9 }), fc.boolean())
    .map(([ny, nx, two]) => ({
      shapes: [[ny, Math.floor(nx / 2) + 1, 2]],
      fn: (x: Tensor) => x.irfft(nx, two ? 2 : 1),
    })),
  cholesky: fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 5 }))
    .map(([batch, n]) => ({ shapes: [[batch, n, n]], fn: (x: Tensor) => positiveDefinite(x).cholesky() })),
  triangularSolve: fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 }), fc.boolean())
    .map(([batch, n, m, transposed]) => ({
      shapes: [
        [batch, n, n],
        [batch, n, m],
      ],
      fn: (x: Tensor, b: Tensor) => x.mul(0.3).add(identity(n).mul(2)).triangularSolve(b, { transposed }),
    })),
  conv: windowed(({ rank, groups, kernel, options }) => ({
    shapes: [
      [2, 2 * groups, ...Array(rank).fill(5)],
      [3 * groups, 2, ...kernel],
    ],
    fn: (x, w) => x.conv(w, { ...options, groups }),
  })),
  convInput: windowed(({ rank, groups, kernel, options }) => ({
    shapes: [
      [2, 2 * groups, ...Array(rank).fill(4)],
      [2 * groups, 3, ...kernel],
    ],
    fn: (x, w) => x.convTranspose(w, { ...options, groups, padding: 0 }),
  })),
  // The gradient of a convolution by its weights, seen as a function of the image and of what comes back.
  convWeight: windowed(({ rank, groups, kernel, options }) => ({
    shapes: [
      [2, 2 * groups, ...Array(rank).fill(5)],
      [3 * groups, 2, ...kernel],
    ],
    fn: (x, w) => {
      const inner = trace(
        (image, weights) =>
          image
            .conv(weights, { ...options, groups })
            .sin()
            .sum(),
        [x.shape, w.shape],
      );
      return call(grad(inner, [1]), [x, w])[0]!;
    },
  })),
  maxPool: windowed(({ rank, kernel, options }) => ({
    shapes: [[2, 3, ...Array(rank).fill(5)]],
    fn: (x) => x.maxPool({ ...options, kernel: kernel.map((extent) => extent + 1) }),
    kinks: true,
  })),
  maxPoolPick: windowed(({ rank, kernel, options }) => ({
    shapes: [
      [2, 3, ...Array(rank).fill(5)],
      [2, 3, ...Array(rank).fill(5)],
    ],
    fn: (x, t) =>
      call(jvp(trace((own) => own.maxPool({ ...options, kernel: kernel.map((extent) => extent + 1) }), [x.shape])), [
        x,
        t,
      ])[1]!,
    kinks: true,
  })),
  maxPoolScatter: windowed(({ rank, kernel, options }) => ({
    shapes: [[2, 3, ...Array(rank).fill(5)]],
    fn: (x) =>
      call(
        grad(
          trace(
            (own) =>
              own
                .maxPool({ ...options, kernel: kernel.map((extent) => extent + 1) })
                .square()
                .sum(),
            [x.shape],
          ),
        ),
        [x],
      )[0]!,
    kinks: true,
  })),
  round: unary((x) => new Tensor(ops.round(x.node)), undefined, true),
  asin: unary(
    (x) => new Tensor(ops.asin(x.node)),
    (x) => x / 2.5,
  ),
  acos: unary(
    (x) => new Tensor(ops.acos(x.node)),
    (x) => x / 2.5,
  ),
  atan: unary((x) => new Tensor(ops.atan(x.node))),
  sinh: unary((x) => new Tensor(ops.sinh(x.node))),
  cosh: unary((x) => new Tensor(ops.cosh(x.node))),
  asinh: unary((x) => new Tensor(ops.asinh(x.node))),
  acosh: unary(
    (x) => new Tensor(ops.acosh(x.node)),
    (x) => Math.abs(x) + 1.3,
  ),
  atanh: unary(
    (x) => new Tensor(ops.atanh(x.node)),
    (x) => x / 2.5,
  ),
  erf: unary((x) => x.erf()),
  softplus: unary((x) => x.mul(3).softplus()),
  scan: fc
    .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 6 }), fc.boolean(), fc.boolean())
    .map(([n, length, reverse, checkpoint]) => ({
      shapes: [[n], [length, n], [n]],
      fn: (x: Tensor, u: Tensor, w: Tensor) => {
        const { carry, ys } = scan(
          ([c], [v]) => {
            const next = c!.mul(w).add(v!).sin().add(c!.roll(1));
            return { carry: [next], ys: [next.sum(), c!] };
          },
          [x],
          [u],
          { length, reverse: reverse && !checkpoint, checkpoint },
        );
        return [carry[0]!, ...ys];
      },
    })),
};
