import { constant, scalar } from "../../../graph/builder.ts";
import type { Node } from "../../../graph/node.ts";
import { add, concat, div, irfft, mul, neg, reshape, rfft, sub, take, transpose, zeroPad } from "../../../graph/ops.ts";
import type { OnnxCall, Rule } from "../call.ts";
import { cut } from "./slicing.ts";

/** A complex signal along the last axis; no imaginary part: it is real. */
interface Signal {
  readonly re: Node;
  readonly im: Node | undefined;
}

/** The first `length` elements of the last axis, zeros behind what there is. */
function resized(x: Node, length: number): Node {
  const axis = x.shape.length - 1;
  const own = x.shape[axis]!;
  if (own >= length) return own === length ? x : cut(x, axis, 0, length);
  return zeroPad(
    x,
    x.shape.map(() => 0),
    x.shape.map((_, i) => (i === axis ? length - own : 0)),
  );
}

/** Real or imaginary part of [..., 2]. */
function part(x: Node, index: 0 | 1): Node {
  return reshape(cut(x, x.shape.length - 1, index, 1), x.shape.slice(0, -1));
}

/** All frequencies of a real signal, from the half that the others are conjugates of. */
function fullSpectrum(x: Node): { re: Node; im: Node } {
  const n = x.shape.at(-1)!;
  const half = rfft(x);
  const mirrored = Int32Array.from({ length: n }, (_, k) => Math.min(k, n - k));
  const signs = Float64Array.from({ length: n }, (_, k) => (2 * k <= n ? 1 : -1));
  return {
    re: take(part(half, 0), mirrored, -1),
    im: mul(take(part(half, 1), mirrored, -1), constant(signs, [n])),
  };
}

/** Σ x e^(−2πi jk/n) for all k. */
function transform({ re, im }: Signal): { re: Node; im: Node } {
  const a = fullSpectrum(re);
  if (im === undefined) return a;
  const b = fullSpectrum(im);
  return { re: sub(a.re, b.im), im: add(a.im, b.re) };
}

/** The discrete Fourier transform along one axis; real and imaginary parts stand in the last one. */
function dft(call: OnnxCall): Node {
  const x = call.x();
  const rank = x.shape.length;
  const parts = x.shape[rank - 1];
  if (rank < 2 || (parts !== 1 && parts !== 2))
    throw call.fail("expected a last axis of 1 (real) or 2 (complex) parts");
  const given = call.opset < 20 ? call.integer("axis", 1) : (call.number(2, "the axis") ?? -2);
  const axis = call.axis(given, rank);
  if (axis === rank - 1) throw call.fail("expected an axis other than that of the parts");
  const inverse = call.integer("inverse", 0) === 1;
  const onesided = call.integer("onesided", 0) === 1;
  const natural = inverse && onesided ? 2 * (x.shape[axis]! - 1) : x.shape[axis]!;
  const n = call.extent(call.number(1, "the length") ?? natural, "a length");
  if (n < 1) throw call.fail("expected a length of at least 1");
  const others = [...x.shape.keys()].slice(0, -1).filter((own) => own !== axis);
  const last = transpose(x, [...others, axis, rank - 1]);
  const re = part(last, 0);
  const im = parts === 2 ? part(last, 1) : undefined;
  const result = along({ re, im }, n, inverse, onesided, call);
  // Back from [others, axis, parts].
  const order = [...x.shape.keys()].map((own) =>
    own === rank - 1 ? own : own === axis ? rank - 2 : others.indexOf(own),
  );
  return transpose(result, order);
}

function along({ re, im }: Signal, n: number, inverse: boolean, onesided: boolean, call: OnnxCall): Node {
  const join = (...list: Node[]): Node =>
    concat(
      list.map((own) => reshape(own, [...own.shape, 1])),
      -1,
    );
  if (inverse && onesided) {
    const bins = Math.floor(n / 2) + 1;
    const spectrum = resized(re, bins);
    return join(irfft(join(spectrum, im === undefined ? mul(spectrum, scalar(0)) : resized(im, bins)), n));
  }
  const signal = { re: resized(re, n), im: im && resized(im, n) };
  if (onesided) {
    if (im !== undefined) throw call.fail("expected a real signal, as onesided is asked for");
    return rfft(signal.re);
  }
  if (!inverse) {
    const spectrum = transform(signal);
    return join(spectrum.re, spectrum.im);
  }
  const conjugate = transform({ re: signal.re, im: signal.im && neg(signal.im) });
  return join(div(conjugate.re, scalar(n)), div(neg(conjugate.im), scalar(n)));
}

/** Fourier transforms. */
export const fourier: Readonly<Record<string, Rule>> = { DFT: dft };
