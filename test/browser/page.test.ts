// The library in a real page, from its sources.
import { describe, expect, it } from "vitest";
import {
  assimilate,
  compile,
  enkf,
  grad,
  identityOperator,
  lorenz63,
  lorenz96,
  NumericalError,
  OndaError,
  observationNetwork,
  observationSeries,
  randomStreams,
  ShapeError,
  scalarCovariance,
  trace,
  twinExperiment,
  windowCosts,
} from "../../src/index.ts";
import { distance, twinRun } from "./twin.ts";

it("runs in a page, not in Node", () => {
  expect(typeof document).toBe("object");
  expect(navigator.userAgent).toContain("Chrome");
});

describe("a twin experiment", () => {
  it("gives the numbers of Node", async () => {
    expect(distance(await twinRun())).toBeLessThan(1e-9);
  });
  it("gives the same bytes again", async () => {
    const [a, b] = [await twinRun(), await twinRun()];
    expect(a.analysisMean.data).toEqual(b.analysisMean.data);
  });
});

describe("gradients", () => {
  it("of a 4D-Var cost match differences", () => {
    const model = lorenz96();
    const network = observationNetwork({
      dt: model.dt,
      steps: [4, 8, 12, 16, 20],
      operator: identityOperator(40),
      error: scalarCovariance(40, 1),
    });
    const stream = randomStreams(5).stream("values");
    const observations = observationSeries(
      network,
      network.map(() => stream.normals(40).map((value) => 2 + value)),
    );
    const background = { mean: stream.normals(40), covariance: scalarCovariance(40, 0.5) };
    const cost = windowCosts("4dvar").cost({ model, background, observations });
    const [v, d] = [stream.normals(40), stream.normals(40)];
    const slope = cost.evaluate(v).gradient.reduce((sum, value, i) => sum + value * d[i]!, 0);
    const at = (h: number): number => cost.evaluate(v.map((value, i) => value + h * d[i]!)).value;
    expect(Math.abs((at(1e-5) - at(-1e-5)) / 2e-5 / slope - 1)).toBeLessThan(1e-7);
  });
  it("of a graph are those of its formula", () => {
    const gradient = compile(grad(trace((x) => x.tanh().square().sum(), [[50]])));
    const x = randomStreams(1).stream("x").normals(50);
    gradient.runSync([x])[0]!.data.forEach((value, i) => {
      const y = Math.tanh(x[i]!);
      expect(Math.abs(value - 2 * y * (1 - y * y))).toBeLessThan(1e-15);
    });
  });
});

describe("errors", () => {
  it("say what was expected and what came", () => {
    const attempt = (): unknown => trace((x) => x.matmul([[1, 2]]), [[3]]);
    expect(attempt).toThrow(OndaError);
    expect(attempt).toThrow(ShapeError);
    expect(attempt).toThrow("matmul: expected as many columns as rows, got (1, 3) times (1, 2)");
  });
  it("name the cycle in which a model blows up", async () => {
    const model = lorenz63({ dt: 0.5, scheme: "euler" });
    const background = { mean: [1.5, -1.5, 25], covariance: scalarCovariance(3, 2) };
    const network = observationNetwork({
      dt: model.dt,
      steps: [1, 50],
      operator: identityOperator(3),
      error: scalarCovariance(3, 2),
    });
    const still = lorenz63({ dt: 1e-9 });
    const { observations } = await twinExperiment({ model: still, background, network, seed: 1 });
    const run = assimilate({ model, background, observations, method: enkf({ members: 3 }), seed: 1 }).collect();
    await expect(run).rejects.toBeInstanceOf(NumericalError);
    await expect(run).rejects.toThrow(/^cycle 1: model "lorenz63" blew up between times 0.5 and 25: got /);
  });
});
