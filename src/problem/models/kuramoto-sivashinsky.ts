import { ArgumentError } from "../../engine/errors/index.ts";
import { type Tensor, tensor } from "../../engine/graph/index.ts";
import { checkCount, checkPositive } from "./check.ts";
import { etdrk4Coefficients } from "./etdrk4.ts";
import { type TracedModel, tracedModel } from "./traced.ts";

export interface KuramotoSivashinskyOptions {
  /** Number of points, even, 128 by default. */
  readonly size?: number;
  /** Length of the periodic domain, 32π by default. */
  readonly length?: number;
  /** Time step, 0.5 by default. */
  readonly dt?: number;
}

/**
 * u_t = −u u_x − u_xx − u_xxxx on a periodic domain: a flame front, chaotic at the default length. Pseudo-spectral, by
 * the exponential Runge-Kutta scheme of fourth order, which takes the stiff linear part exactly; no dealiasing, as in
 * the published code. The state is u at the points. Nine Fourier transforms a step, O(size log size).
 * @throws ArgumentError unless size is an even integer ≥ 4 and length and dt are positive
 * @see [KassamTrefethen2005]
 */
export function kuramotoSivashinsky(options: KuramotoSivashinskyOptions = {}): TracedModel {
  const { size = 128, length = 32 * Math.PI, dt = 0.5 } = options;
  checkCount("size", size, 4);
  if (size % 2 !== 0) throw new ArgumentError("size", `expected an even number of points, got ${size}`);
  checkPositive("length", length);
  checkPositive("dt", dt);
  const bins = size / 2 + 1;
  // The odd derivative of the shortest wave vanishes at the points; published codes drop its even ones too.
  const wave = Float64Array.from({ length: bins }, (_, k) => (2 * k === size ? 0 : (2 * Math.PI * k) / length));
  const { E, E2, Q, f1, f2, f3 } = etdrk4Coefficients(
    wave.map((k) => k ** 2 - k ** 4),
    dt,
  );
  const column = (data: Float64Array): Tensor => tensor({ data, shape: [bins, 1] });
  // −½ i k times (re, im) is (½ k im, −½ k re): the parts exchanged and multiplied by this.
  const half = Float64Array.from({ length: 2 * bins }, (_, i) => (i % 2 === 0 ? 0.5 : -0.5) * wave[i >> 1]!);
  return tracedModel({
    name: "kuramoto-sivashinsky",
    shape: [size],
    dt,
    options: { size, length, dt },
    step(u: Tensor): Tensor {
      const advection = (x: Tensor): Tensor =>
        x
          .square()
          .rfft()
          .reverse(-1)
          .mul(tensor({ data: half, shape: [bins, 2] }));
      const spectral = (v: Tensor): Tensor => advection(v.irfft(size));
      const v = u.rfft();
      const [decay, root, weight] = [column(E), column(E2), column(Q)];
      const Nv = advection(u);
      const a = v.mul(root).add(Nv.mul(weight));
      const Na = spectral(a);
      const b = v.mul(root).add(Na.mul(weight));
      const Nb = spectral(b);
      const c = a.mul(root).add(Nb.mul(2).sub(Nv).mul(weight));
      const Nc = spectral(c);
      const sum = v
        .mul(decay)
        .add(Nv.mul(column(f1)))
        .add(Na.add(Nb).mul(column(f2)))
        .add(Nc.mul(column(f3)));
      return sum.irfft(size);
    },
  });
}
