// Covariances with a name, in cases: each gives the analysis of its own matrix, wherever it stands.
import { describe, expect, it } from "vitest";
import { ledoitWolf } from "../../../src/diagnostics/index.ts";
import { randomStreams } from "../../../src/engine/random/index.ts";
import {
  type Covariance,
  correlationCovariance,
  denseCovariance,
  diffusionCovariance,
  ensembleCovariance,
  kroneckerCovariance,
  lowRankCovariance,
  rescaledCovariance,
  scalarCovariance,
  spectralCovariance,
  sumCovariance,
} from "../../../src/problem/covariance/index.ts";
import { placesDomain, ringDomain } from "../../../src/problem/localization/index.ts";
import { caseText, resolveCase, runCase } from "../../../src/study/case/index.ts";
import { parseCase } from "../../../src/study/case/parse.ts";
import { distance } from "../../problem/derivatives.ts";
import { array, caseWith, type Json, memory, messageOf } from "./cases.ts";

const n = 12;
const stream = randomStreams(4).stream("numbers");
const members = array([5, n], stream.normals(5 * n));
const factors = array([2, n], stream.normals(2 * n));
const std = array(
  [n],
  stream.normals(n).map((value) => 1 + Math.abs(value)),
);
const lengths = array(
  [n],
  stream.normals(n).map((value) => 1 + value ** 2),
);
const places = array([n, 2], stream.normals(2 * n));
const files = {
  "members.npy": members,
  "factors.npy": factors,
  "std.npy": std,
  "lengths.npy": lengths,
  "places.npy": places,
};
const grid = { name: "grid", shape: [3, 4], periodic: [false, true] };
const two = [
  [1, 0.5],
  [0.5, 2],
];

const kinds: [string, Json, Covariance][] = [
  [
    "spectral on a ring",
    { name: "spectral", kind: "soar", length: 1.5, std: 2 },
    spectralCovariance({ kind: "soar", length: 1.5, shape: [n], periodic: true, variance: 4 }),
  ],
  [
    "spectral on a grid, deviations from a file",
    { name: "spectral", kind: "matern", smoothness: 1.5, length: 1, domain: grid, std: { file: "std.npy" } },
    rescaledCovariance(spectralCovariance({ kind: "soar", length: 1, shape: [3, 4], periodic: [false, true] }), std),
  ],
  [
    "diffusion, lengths from a file",
    { name: "diffusion", length: { file: "lengths.npy" }, steps: 4, domain: { name: "line" }, variance: 3 },
    diffusionCovariance({ shape: [n], length: lengths, steps: 4, variance: 3 }),
  ],
  [
    "diffusion of two fields",
    { name: "diffusion", length: [1, 2], domain: { name: "grid", shape: [2, 3] } },
    kroneckerCovariance([scalarCovariance(2, 1), diffusionCovariance({ shape: [2, 3], length: [1, 2] })]),
  ],
  [
    "a correlation on places",
    { name: "correlation", kind: "exponential", length: 1, places: { file: "places.npy" } },
    correlationCovariance({ kind: "exponential", length: 1, domain: placesDomain({ places }) }),
  ],
  [
    "a correlation on a ring",
    { name: "correlation", kind: "soar", length: 2, domain: { name: "ring" } },
    correlationCovariance({ kind: "soar", length: 2, domain: ringDomain(n) }),
  ],
  [
    "low rank",
    { name: "low-rank", factors: { file: "factors.npy" }, variance: 0.2 },
    lowRankCovariance({ factors, variance: 0.2 }),
  ],
  [
    "ensemble and a variance",
    {
      name: "sum",
      terms: [
        { name: "ensemble", file: "members.npy", localization: { radius: 2, domain: { name: "line" }, accuracy: 1 } },
        { variance: 0.1 },
      ],
    },
    sumCovariance([
      ensembleCovariance({ members, localization: { radius: 2, shape: [n], accuracy: 1 } }),
      scalarCovariance(n, 0.1),
    ]),
  ],
  [
    "ensemble, shrunk",
    { name: "ensemble", file: "members.npy", shrinkage: "ledoit-wolf" },
    ledoitWolf(members).covariance,
  ],
  [
    "a product",
    { name: "kronecker", sizes: [2, 6], factors: [two, { name: "spectral", kind: "gaussian", length: 0.7 }] },
    kroneckerCovariance([
      denseCovariance(two),
      spectralCovariance({ kind: "gaussian", length: 0.7, shape: [6], periodic: true }),
    ]),
  ],
  [
    "blocks",
    { name: "block", sizes: [2, 10], blocks: [two, { std: 2 }] },
    denseCovariance(
      Array.from({ length: n }, (_, i) =>
        Array.from({ length: n }, (_, j) => (i < 2 && j < 2 ? two[i]![j]! : i === j ? 4 : 0)),
      ),
    ),
  ],
  [
    "scaled, with deviations",
    {
      name: "scaled",
      factor: 0.5,
      std: { file: "std.npy" },
      covariance: { name: "spectral", kind: "soar", length: 1 },
    },
    rescaledCovariance(spectralCovariance({ kind: "soar", length: 1, shape: [n], periodic: true, variance: 0.5 }), std),
  ],
];
const single = (changes: Json): Json =>
  caseWith({
    model: { name: "identity", size: n },
    "initial.mean": 0,
    "initial.covariance": { variance: 1 },
    observations: { atStart: true, count: 1, operator: { name: "every", step: 2 }, error: { variance: 0.5 } },
    method: { name: "3dvar" },
    "outputs.save": ["analysisMean"],
    ...changes,
  });
const analysis = async (changes: Json, reader = memory(files)): Promise<Float64Array> => {
  const run = await runCase(single(changes), { reader });
  expect(run.status).toBe("done");
  return run.arrays.analysisMean!.data;
};
const matrixOf = (C: Covariance) => array([n, n], C.dense());

describe.each(kinds)("%s", (_, config, C) => {
  it("is the covariance of backgrounds", async () => {
    const [own, full] = await Promise.all([
      analysis({ method: { name: "3dvar", covariance: config } }),
      analysis({ method: { name: "3dvar", covariance: { file: "C.npy" } } }, memory({ "C.npy": matrixOf(C) })),
    ]);
    expect(distance(own, full)).toBeLessThan(1e-6);
  });
  it("is the covariance of observations' errors", async () => {
    const observations = { atStart: true, count: 1, operator: { name: "identity" } };
    const y = {
      "y.npy": array(
        [1, n],
        Float64Array.from({ length: n }, (_, i) => Math.sin(i)),
      ),
    };
    const values = { file: "y.npy" };
    const [own, full] = await Promise.all([
      analysis({ observations: { ...observations, values, error: config } }, memory({ ...files, ...y })),
      analysis(
        { observations: { ...observations, values, error: { file: "C.npy" } } },
        memory({ "C.npy": matrixOf(C), ...y }),
      ),
    ]);
    expect(distance(own, full)).toBeLessThan(1e-6);
  });
  it("is what truths and members are drawn from, and stays as it is in the resolved case", async () => {
    const draws = caseWith({
      ...single({}),
      "initial.covariance": config,
      method: { name: "etkf", members: 8 },
    });
    const resolved = resolveCase(draws);
    expect(resolveCase(parseCase(caseText(resolved)))).toEqual(resolved);
    const run = await runCase(draws, { reader: memory(files) });
    expect(run.status).toBe("done");
    expect(run.summary.rmse?.analysis).toBeLessThan(5);
  });
});

describe("refuses", () => {
  it.each<[string, unknown, string]>([
    [
      "a misspelt name",
      { name: "spectrl", kind: "soar", length: 1 },
      'initial.covariance.name: expected one of low-rank, ensemble, spectral, diffusion, correlation, kronecker, block, sum, scaled, leading, got "spectrl"; did you mean spectral?',
    ],
    [
      "a misspelt key",
      { name: "spectral", kind: "soar", lenght: 1 },
      "initial.covariance.lenght: unknown key; did you mean length?",
    ],
    [
      "an unknown function",
      { name: "spectral", kind: "sore", length: 1 },
      "initial.covariance.kind: expected one of gaussian, soar, exponential, matern, gaspari-cohn",
    ],
    [
      "a negative length",
      { name: "spectral", kind: "soar", length: -1 },
      "initial.covariance.length: expected a positive number, got -1",
    ],
    [
      "std and variance",
      { name: "spectral", kind: "soar", length: 1, std: 1, variance: 1 },
      "initial.covariance.variance: std is there already: leave one of them out",
    ],
    [
      "deviations of another number",
      { name: "spectral", kind: "soar", length: 1, std: [1, 2] },
      "initial.covariance.std: expected one number or 12, as the state has 12 variables, got 2",
    ],
    [
      "a grid that doesn't fit",
      { name: "spectral", kind: "soar", length: 1, domain: { name: "grid", shape: [5] } },
      "initial.covariance.domain.shape: expected a grid whose points divide the 12 components, got 5",
    ],
    ["no domain", { name: "diffusion", length: 1 }, "initial.covariance.domain: missing; expected { name: ring }"],
    [
      "odd steps",
      { name: "diffusion", length: 1, steps: 3, domain: { name: "ring" } },
      "initial.covariance.steps: expected an even integer from 2 to 50, got 3",
    ],
    [
      "neither domain nor places",
      { name: "correlation", kind: "soar", length: 1 },
      "initial.covariance.domain: missing; expected domain or places",
    ],
    [
      "too few places",
      { name: "correlation", kind: "soar", length: 1, places: [[1], [2]] },
      "initial.covariance.places: expected 12 components, as the state has 12 variables, got 2",
    ],
    [
      "factors of another size",
      { name: "low-rank", factors: [[1, 2]] },
      "initial.covariance.factors: expected 12 components, as the state has 12 variables, got 2",
    ],
    [
      "members of another size",
      { name: "ensemble", file: "places.npy" },
      'initial.covariance: expected "places.npy" to have shape (members, 12), as the state has 12 variables, got (12, 2)',
    ],
    [
      "sizes with another product",
      { name: "kronecker", sizes: [2, 5], factors: [two, { std: 1 }] },
      "initial.covariance.sizes: expected sizes whose product is 12, as the state has 12 variables, got 2, 5",
    ],
    [
      "sizes with another sum",
      { name: "block", sizes: [2, 5], blocks: [two, { std: 1 }] },
      "initial.covariance.sizes: expected sizes that add up to 12, as the state has 12 variables, got 2, 5",
    ],
    [
      "fewer sizes than factors",
      { name: "kronecker", sizes: [12], factors: [two, { std: 1 }] },
      "initial.covariance.sizes: expected 2, one for each of factors, got 1",
    ],
    [
      "a part of another size",
      { name: "kronecker", sizes: [2, 6], factors: [two, two] },
      "initial.covariance.factors[1]: expected a matrix of shape (6, 6), as sizes say so",
    ],
    [
      "a part that is wrong",
      { name: "sum", terms: [{ std: 1 }, { std: -1 }] },
      "initial.covariance.terms[1].std: expected a number of at least 0, got -1",
    ],
    [
      "a climatology of a part",
      { name: "kronecker", sizes: [2, 6], factors: ["climatological", { std: 1 }] },
      "initial.covariance.factors[0]: a climatological covariance is one of states, it can't stand here",
    ],
    [
      "an indefinite correlation",
      { name: "correlation", kind: "gaussian", length: 1, places: Array.from({ length: n }, () => [0]) },
      "initial.covariance: expected a positive definite matrix",
    ],
    ["no file of members", { name: "ensemble" }, "initial.covariance.file: missing"],
    [
      "a taper and shrinkage",
      {
        name: "ensemble",
        file: "members.npy",
        shrinkage: "ledoit-wolf",
        localization: { radius: 2, domain: { name: "ring" } },
      },
      "initial.covariance.shrinkage: localization is there already: leave one of them out",
    ],
  ])("%s", async (_, config, message) => {
    const { covariance: __, ...initial } = { mean: 0, covariance: config };
    const run = () => runCase(single({ initial: { ...initial, covariance: config } }), { reader: memory(files) });
    expect(await messageOf(run)).toContain(message);
  });
  it("a singular covariance of observations' errors", async () => {
    const error = { name: "low-rank", factors: [[1, 1, 1, 1, 1, 1]] };
    const run = () => runCase(single({ "observations.error": error }), { reader: memory(files) });
    expect(await messageOf(run)).toContain(
      "observations.error: expected a positive definite covariance, got a singular one: add an independent part",
    );
  });
  it("keys that no covariance without a name has, as before", async () => {
    const run = () => runCase(single({ "initial.covariance": { variense: 1 } }), {});
    expect(await messageOf(run)).toContain("initial.covariance: expected a covariance such as { std: 1 }");
  });
});
