/** The shallow-water model of several benchmarks: centred differences, Euler steps, drag. */
import { stack, type Tensor } from "../src/engine/graph/index.ts";

export const gridSize = 64;

/** A step of length dt on a periodic grid of spacing dx, state [3, n, n]: velocities u and v, height h. */
export const shallowWaterStep = (s: Tensor, dt: number, dx: number): Tensor => {
  const [u, v, h] = [s.at(0), s.at(1), s.at(2)];
  const ddx = (a: Tensor): Tensor =>
    a
      .roll(-1, 1)
      .sub(a.roll(1, 1))
      .mul(0.5 / dx);
  const ddy = (a: Tensor): Tensor =>
    a
      .roll(-1, 0)
      .sub(a.roll(1, 0))
      .mul(0.5 / dx);
  return stack([
    u.sub(ddx(h).add(u.mul(0.2)).mul(dt)),
    v.sub(ddy(h).add(v.mul(0.2)).mul(dt)),
    h.sub(
      ddx(u.mul(h))
        .add(ddy(v.mul(h)))
        .mul(dt),
    ),
  ]);
};

/** A calm state with waves, [3, 64, 64]; `phase` makes another one. */
export function initialWater(phase = 0): Float64Array {
  const n = gridSize;
  return Float64Array.from(
    { length: 3 * n * n },
    (_, i) => (i < 2 * n * n ? 0 : 1) + 0.1 * Math.sin((i % n) / 5 + phase) * Math.cos(Math.floor(i / n) / 7),
  );
}
