import { describe, expect, it } from "vitest";
import { grad, randomStreams, type ShallowWaterOptions, shallowWater, trace, waterColumn } from "../../src/index.ts";

const [ny, nx] = [10, 12];
const points = ny * nx;

/** A rough state: heights around 1, velocities around 0. */
const rough = (options: ShallowWaterOptions = {}): Float64Array => {
  const x = randomStreams(1)
    .stream("rough")
    .normals(3 * points);
  for (let at = 0; at < x.length; at++) x[at] = (at < 2 * points ? 0 : 1) + 0.1 * x[at]!;
  if (options.boundary === "walls") for (let j = 0; j < ny; j++) x[j * nx] = 0;
  if (options.boundary === "walls" || options.boundary === "channel") x.fill(0, points, points + nx);
  return x;
};

/** Σ h̄ u²/2 + h̄ v²/2 + g h²/2, with heights averaged to where the velocities are. */
const energy = (x: Float64Array, g: number): number => {
  let sum = 0;
  for (let j = 0; j < ny; j++)
    for (let i = 0; i < nx; i++) {
      const h = (jj: number, ii: number): number => x[2 * points + ((jj + ny) % ny) * nx + ((ii + nx) % nx)]!;
      const [u, v] = [x[j * nx + i]!, x[points + j * nx + i]!];
      sum += ((h(j, i) + h(j, i - 1)) / 4) * u ** 2 + ((h(j, i) + h(j - 1, i)) / 4) * v ** 2 + (g / 2) * h(j, i) ** 2;
    }
  return sum;
};

const mass = (x: Float64Array): number => x.subarray(2 * points).reduce((sum, value) => sum + value, 0);

describe.each(["periodic", "walls", "channel"] as const)("shallow water, %s", (boundary) => {
  const options = { grid: [ny, nx], spacing: 1, gravity: 2, coriolis: 0.7, boundary } as const;

  it("conserves mass to rounding", async () => {
    const x = rough({ boundary });
    const y = await shallowWater({ ...options, dt: 0.05, drag: 0.3 })
      .advance(200)
      .apply(x);
    expect(Math.abs(mass(y) - mass(x))).toBeLessThan(1e-11);
  });

  it("conserves energy but for the error of its time steps, which is of fourth order", async () => {
    const x = rough({ boundary });
    const change = async (dt: number): Promise<number> =>
      energy(
        await shallowWater({ ...options, dt })
          .advance(Math.round(2 / dt))
          .apply(x),
        2,
      ) - energy(x, 2);
    const [coarse, fine] = [await change(0.1), await change(0.05)];
    expect(Math.abs(coarse)).toBeLessThan(1e-3 * energy(x, 2));
    expect(Math.log2(coarse / fine)).toBeGreaterThan(3.8);
  });

  it("has no tendency of energy at all", async () => {
    // An Euler step of a tiny dt: the change of energy is of second order in dt.
    const x = rough({ boundary });
    const change = async (dt: number): Promise<number> =>
      energy(
        await shallowWater({ ...options, dt, scheme: "euler" })
          .advance(1)
          .apply(x),
        2,
      ) - energy(x, 2);
    const [whole, half] = [await change(1e-4), await change(5e-5)];
    expect(Math.abs(4 * half - whole) / Math.abs(whole)).toBeLessThan(1e-3);
  });

  it("lets nothing through its walls", async () => {
    const x = randomStreams(2)
      .stream("any")
      .normals(3 * points)
      .map((value, at) => (at < 2 * points ? 0 : 1) + 0.1 * value);
    const y = await shallowWater({ ...options, dt: 0.02 })
      .advance(50)
      .apply(x);
    expect(y.every(Number.isFinite)).toBe(true);
    expect(Math.abs(mass(y) - mass(x))).toBeLessThan(1e-11);
  });
});

describe("gravity waves", () => {
  it.each([
    [1, 0],
    [0, 2],
    [3, 1],
  ])("of %i waves in x and %i in y have the grid's dispersion", async (k, l) => {
    const [spacing, gravity, depth] = [0.5, 3, 1.4];
    const phase = (j: number, i: number): number => 2 * Math.PI * ((k * i) / nx + (l * j) / ny);
    const x = new Float64Array(3 * points);
    const small = 1e-7;
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) x[2 * points + j * nx + i] = depth + small * Math.cos(phase(j, i));
    // A standing wave: h − H turns with cos(ω t), where ω² = 4 g H/d² (sin²(k d/2) + sin²(l d/2)).
    const frequency =
      Math.sqrt(gravity * depth * (Math.sin((Math.PI * k) / nx) ** 2 + Math.sin((Math.PI * l) / ny) ** 2)) *
      (2 / spacing);
    const [dt, steps] = [0.01, 150];
    const y = await shallowWater({ grid: [ny, nx], spacing, gravity, dt })
      .advance(steps)
      .apply(x);
    const expected = Math.cos(frequency * dt * steps);
    for (const [j, i] of [
      [0, 0],
      [3, 5],
    ] as const)
      expect((y[2 * points + j * nx + i]! - depth) / small).toBeCloseTo(expected * Math.cos(phase(j, i)), 4);
  });

  it("turn with the planet: a geostrophic flow stays", async () => {
    const [gravity, f, spacing] = [1, 2, 1];
    const x = new Float64Array(3 * points);
    // h depends on y alone, in balance with u: f times the mean of two u is the slope of h between them. Both are small.
    const angle = (2 * Math.PI) / ny;
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        x[2 * points + j * nx + i] = 1 + 1e-6 * Math.cos(angle * j);
        x[j * nx + i] = 1e-6 * ((2 * gravity) / (f * spacing)) * Math.tan(angle / 2) * Math.sin(angle * j);
      }
    const y = await shallowWater({ grid: [ny, nx], spacing, gravity, coriolis: f, dt: 0.05 })
      .advance(100)
      .apply(x);
    expect(y.reduce((most, value, at) => Math.max(most, Math.abs(value - x[at]!)), 0)).toBeLessThan(5e-11);
  });
});

describe("the simplified equations", () => {
  it("are centred differences on one grid", async () => {
    const x = rough();
    const [dt, spacing, gravity, drag] = [1e-3, 0.5, 1.5, 2];
    const y = await shallowWater({
      grid: [ny, nx],
      spacing,
      gravity,
      drag,
      dt,
      equations: "simplified",
      scheme: "euler",
    })
      .advance(1)
      .apply(x);
    const at = (f: number, j: number, i: number): number => x[f * points + ((j + ny) % ny) * nx + ((i + nx) % nx)]!;
    const flow = (f: number, j: number, i: number): number => at(f, j, i) * at(2, j, i);
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        const hx = (at(2, j, i + 1) - at(2, j, i - 1)) / (2 * spacing);
        const hy = (at(2, j + 1, i) - at(2, j - 1, i)) / (2 * spacing);
        const divergence =
          (flow(0, j, i + 1) - flow(0, j, i - 1) + flow(1, j + 1, i) - flow(1, j - 1, i)) / (2 * spacing);
        const place = j * nx + i;
        expect(y[place]).toBeCloseTo(at(0, j, i) + dt * (-gravity * hx - drag * at(0, j, i)), 13);
        expect(y[points + place]).toBeCloseTo(at(1, j, i) + dt * (-gravity * hy - drag * at(1, j, i)), 13);
        expect(y[2 * points + place]).toBeCloseTo(at(2, j, i) - dt * divergence, 13);
      }
  });
});

describe("shallow water's inputs", () => {
  it.each([
    ["a grid that is too small", () => shallowWater({ grid: [2, 8] }), "grid[0]: expected an integer of at least 3"],
    ["a negative drag", () => shallowWater({ drag: -1 }), "drag: expected a rate of at least 0"],
    [
      "walls without the full equations",
      () => shallowWater({ equations: "simplified", boundary: "walls" }),
      "equations: the simplified equations are periodic",
    ],
  ])("%s is an error", (_, make, message) => {
    expect(make).toThrow(message);
  });

  it("a column of water is a disk on calm water", () => {
    const x = waterColumn({ grid: [5, 5], radius: 1, height: 0.2, depth: 2 });
    expect([...x.subarray(0, 50)].every((value) => value === 0)).toBe(true);
    expect([...x.subarray(50)].filter((value) => value > 2)).toHaveLength(5);
    expect(x[50 + 12]).toBe(2.2);
  });

  it("has a gradient", () => {
    const model = shallowWater({ grid: [4, 4] });
    const graph = grad(trace((x) => model.advance(3).traced(x, x.sum().mul(0)).square().sum(), [[3, 4, 4]]));
    expect(graph.outputs[0]!.shape).toEqual([3, 4, 4]);
  });
});
