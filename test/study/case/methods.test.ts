// Every method of the format from a case: its options get through, its summary has what it can have.
import { describe, expect, it } from "vitest";
import { runCase } from "../../../src/study/case/index.ts";
import { array, caseWith, memory, messageOf } from "./cases.ts";

const members = { members: 6, inflation: 1.02 };
const ensembles = [
  { name: "enkf", ...members, localization: { radius: 2 } },
  { name: "etkf", ...members, rotate: true, relaxation: { rtps: 0.5 } },
  { name: "ensrf", ...members, onFailure: "restart" },
  { name: "denkf", ...members, relaxation: { rtpp: 0.5 } },
  { name: "enkf-n", members: 6, prior: "plain" },
  { name: "letkf", ...members, localization: { radius: 2, domain: { name: "ring" } } },
  { name: "eakf", ...members, localization: { function: "soar", radius: 2, domain: { name: "line" } } },
  { name: "eakf", ...members, localization: { radius: 3, samplingErrorCorrection: true } },
  {
    name: "rank-histogram",
    ...members,
    localization: { radius: 2, domain: { name: "grid", shape: [3], periodic: true } },
  },
  { name: "etkf", ...members, adaptiveInflation: true, modelErrors: "square-root" },
  { name: "letkf", ...members, adaptiveInflation: { kind: "gharamti", damping: 1 }, localization: { radius: 2 } },
  { name: "denkf", ...members, additiveInflation: { diagonal: [0.1, 0.2, 0] } },
];
const smoothers = [
  { name: "rts", filter: { name: "unscented-kalman" } },
  { name: "rts", filter: { name: "extended-kalman", inflation: 2 } },
  { name: "enks", lag: 2, filter: { name: "etkf", members: 6, rotate: true } },
  { name: "enks", lag: 1, filter: { name: "enkf", members: 6, additiveInflation: { variance: 0.01 } } },
  { name: "ienks", members: 6, lag: 2, weights: [0.5, 0.5] },
  { name: "es-mda", members: 6, update: "perturbed" },
];
const others = [
  { name: "particle", particles: 30, resampling: "stratified", jitter: 0.5 },
  { name: "unscented-kalman", alpha: 0.5, beta: 2 },
  { name: "optimal-interpolation" },
];
const near = { function: "gaspari-cohn", radius: 2, domain: { name: "ring" } };
const hybrids = [
  { name: "etkf-3dvar", ...members, weight: 0.7, localization: near, rotate: true },
  { name: "hybrid-gain", ...members, alpha: 0.3, combination: "parallel", covariance: { climatological: 0.1 } },
];
/** Hybrids over windows. */
const windows = [
  { name: "en4dvar", ...members, window: 2, weight: 0.7, localization: near },
  { name: "4denvar", ...members, window: 2, outer: 2, relaxation: { rtps: 0.3 } },
  { name: "eda", ...members, window: 2, weight: 0.5, covariance: { variance: 1 }, rotate: true },
];
/** What needs model error. */
const guided = [
  { name: "particle", particles: 30, proposal: "optimal" },
  { name: "particle", particles: 30, proposal: "enkf", jitter: 0.1 },
];

describe("methods", () => {
  it.each([...ensembles, ...others, ...guided])("%j runs", async (method) => {
    const { status, summary, arrays } = await runCase(caseWith({ method, modelError: { variance: 0.01 } }));
    expect(status).toBe("done");
    expect(summary.rmse!.analysis).toBeLessThan(20);
    expect(summary.rmse).not.toHaveProperty("smoother");
    expect(summary.rmse).not.toHaveProperty("windowStart");
    expect(arrays.spread!.shape).toEqual([6, 3]);
    expect(arrays).not.toHaveProperty("smootherMean");
    if (method.name !== "letkf") expect(summary.logEvidence).toBeLessThan(0);
  });
  it.each([...hybrids, ...windows])("%j runs and tells how its cost was minimised", async (method) => {
    const { status, summary, arrays } = await runCase(caseWith({ method }));
    expect(status).toBe("done");
    expect(summary.rmse!.analysis).toBeLessThan(summary.rmse!.forecast!);
    expect(summary.cost!.windows).toBe(windows.some(({ name }) => name === method.name) ? 3 : 6);
    expect(summary.cost!.converged).toBe(summary.cost!.windows);
    expect(arrays.spread!.shape).toEqual([6, 3]);
    expect(summary.crps!.analysis).toBeGreaterThan(0);
  });
  it.each(smoothers)("%j runs and scores what it smooths", async (method) => {
    const save = ["truth", "analysisMean", "smootherMean", "smootherSpread"];
    const outputs = { save, everyStep: true, report: false };
    const { status, summary, arrays } = await runCase(caseWith({ method, outputs, "observations.count": 12 }));
    expect(status).toBe("done");
    expect(summary.cycles).toBe(12);
    expect(summary.rmse!.smoother).toBeLessThan(summary.rmse!.forecast!);
    const { truth, smootherMean, smootherSpread, trajectory } = arrays;
    expect([smootherMean!.shape, smootherSpread!.shape, trajectory!.shape]).toEqual([
      [12, 3],
      [12, 3],
      [300, 3],
    ]);
    let score = 0;
    for (let k = 0; k < 12; k++)
      score +=
        Math.hypot(...[0, 1, 2].map((i) => smootherMean!.data[3 * k + i]! - truth!.data[3 * k + i]!)) /
        Math.sqrt(3) /
        12;
    expect(Math.abs(score - summary.rmse!.smoother!)).toBeLessThan(1e-12);
    const plain = await runCase(caseWith({ method, outputs: { report: false }, "observations.count": 12 }));
    expect(plain.arrays.smootherMean).toEqual(smootherMean);
  });
  it("means at every step change nothing else", async () => {
    const more = [{ name: "extended-kalman" }, { name: "3dvar" }, { name: "4dvar", window: 2 }, { name: "none" }];
    for (const method of [...ensembles, ...smoothers, ...others, ...more, ...hybrids, ...windows]) {
      const [plain, stepped] = [false, true].map((everyStep) =>
        runCase(caseWith({ method, outputs: { save: ["analysisMean"], everyStep, report: false } })),
      );
      expect((await stepped!).arrays.analysisMean, method.name).toEqual((await plain!).arrays.analysisMean);
      expect((await stepped!).arrays.trajectory?.shape ?? method.name).toEqual([150, 3]);
    }
  });
  it("a resolved case runs to the same numbers", async () => {
    const modelError = { variance: 0.01 };
    for (const method of [...ensembles, ...smoothers, ...others, ...guided, ...hybrids, ...windows]) {
      const first = await runCase(caseWith({ method, ...("proposal" in method && { modelError }) }));
      const again = await runCase(JSON.parse(JSON.stringify(first.case)));
      expect(again.arrays.analysisMean).toEqual(first.arrays.analysisMean);
    }
  }, 60_000);
});

describe("variational methods", () => {
  it("take their keys, and run again from the resolved case", async () => {
    const modelError = { variance: 0.01 };
    const bias = { variance: 0.1 };
    const cases = [
      { name: "3dvar", minimizer: { name: "cg" }, robust: { huber: 2 }, posterior: true },
      { name: "3dvar", incremental: true, bias },
      { name: "4dvar", window: 3, incremental: true, minimizer: { name: "gauss-newton", iterations: 3 } },
      { name: "4dvar", window: 3, shift: 1, bias, posterior: { vectors: 2 } },
      { name: "4dvar", window: 2, shift: 1, weights: [0.5, 0.5], checkpoint: true },
      { name: "4dvar", window: 2, weak: true, posterior: true },
      { name: "4dvar", window: 2, fgat: true, robust: { huber: 1.5 } },
    ];
    for (const method of cases) {
      const config = { method, outputs: { save: ["analysisMean", "spread"], report: false }, modelError };
      const { summary, arrays, case: resolved } = await runCase(caseWith(config));
      expect(summary.status).toBe("done");
      expect(summary.cost!.windows).toBeGreaterThan(1);
      expect("spread" in arrays, JSON.stringify(method)).toBe("posterior" in method);
      expect(arrays.bias?.shape).toEqual("bias" in method ? [summary.cost!.windows, 1] : undefined);
      expect(summary.bias?.length).toBe("bias" in method ? 1 : undefined);
      const again = await runCase(JSON.parse(JSON.stringify(resolved)));
      expect(again.arrays).toEqual(arrays);
    }
  });
  it("say what doesn't go together", async () => {
    const run = (method: object) => runCase(caseWith({ method }));
    await expect(run({ name: "4dvar", weak: true })).rejects.toThrow(/modelError/);
    await expect(run({ name: "4dvar", window: 2, shift: 3 })).rejects.toThrow(
      /shift: expected at most the window, 2, got 3/,
    );
    await expect(run({ name: "3dvar", incremental: true, minimizer: { name: "adam" } })).rejects.toThrow(
      /gauss-newton/,
    );
    await expect(run({ name: "3dvar", robust: { huber: -1 } })).rejects.toThrow(
      /method\.robust\.huber: expected a positive number, got -1/,
    );
    await expect(run({ name: "3dvar", bias: {} })).rejects.toThrow(/method\.bias\.variance/);
    await expect(run({ name: "4dvar", posterior: 3 })).rejects.toThrow(
      /method\.posterior: expected true, false or a mapping/,
    );
  });
});

describe("what doesn't fit is refused", () => {
  it.each([
    [{ name: "en4dvar", members: 5, weight: 1.5 }, "method.weight: expected a number from 0 to 1, got 1.5"],
    [{ name: "eda", members: 5, window: 0 }, "method.window: expected a positive integer, got 0"],
    [{ name: "hybrid-gain", members: 5, alpha: -1 }, "method.alpha: expected a number from 0 to 1, got -1"],
    [
      { name: "4denvar", members: 5, covariance: { diagonal: [1, 2] }, weight: 0.5 },
      "method.covariance.diagonal: expected 3 variances, as the state has 3 variables, got 2",
    ],
    [
      { name: "en4dvar", members: 5, localization: { function: "box", radius: 2 } },
      "method.localization.function: expected gaspari-cohn or soar, got box",
    ],
    [
      { name: "letkf", members: 5, localization: { radius: 2, domain: { name: "grid", shape: [2] } } },
      "method.localization.domain.shape: expected a grid whose points divide the 3 variables of the state, got 2",
    ],
    [
      {
        name: "letkf",
        members: 5,
        localization: { radius: 2, domain: { name: "grid", shape: [3], periodic: [true, true] } },
      },
      "method.localization.domain.periodic: expected one for all axes or 1 of them, got 2",
    ],
    [
      { name: "letkf", members: 5, localization: { radius: -1 } },
      "method.localization.radius: expected a positive number, got -1",
    ],
    [
      { name: "letkf", members: 5, localization: { radius: 2, samplingErrorCorrection: true } },
      "method.localization.samplingErrorCorrection",
    ],
    [
      { name: "eakf", members: 3, localization: { radius: 2, samplingErrorCorrection: true } },
      "members: expected an integer of at least 4, got 3",
    ],
    [{ name: "etkf", members: 5, relaxation: { rtps: 2 } }, "method.relaxation"],
    [{ name: "enks", lag: 1, filter: { name: "letkf", members: 5 } }, "method.filter.name: expected one of enkf, etkf"],
    [
      { name: "rts", filter: { name: "etkf", members: 5 } },
      "method.filter.name: expected one of kalman, extended-kalman",
    ],
    [
      { name: "enks", lag: 1, filter: { name: "enkf", members: 5, localization: { radius: 1 } } },
      "without localisation",
    ],
    [
      { name: "etkf", members: 5, adaptiveInflation: { kind: "miyoshi" } },
      'method.adaptiveInflation.kind: expected one of anderson, gharamti, got the text "miyoshi"',
    ],
    [
      { name: "enks", lag: 1, filter: { name: "etkf", members: 5, additiveInflation: { diagonal: [1, 2] } } },
      "method.filter.additiveInflation.diagonal: expected 3 variances, as the state has 3 variables, got 2",
    ],
    [{ name: "ienks", members: 5, lag: 1, shift: 2 }, "method.shift: expected at most the lag, 1, got 2"],
    [{ name: "particle", particles: 5, proposal: "optimal" }, "expected a problem with model error"],
    [{ name: "particle", particles: 5, threshold: 3 }, "method.threshold: expected a number from 0 to 1, got 3"],
  ])("%j", async (method, message) => {
    expect(await messageOf(() => runCase(caseWith({ method })))).toContain(message);
  });
  it("another number of members than initial.ensemble has", async () => {
    const reader = memory({ "E.npy": array([4, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) });
    const changed = { "initial.ensemble": { file: "E.npy" } };
    for (const [method, place] of [
      [{ name: "particle", particles: 5 }, "method.particles"],
      [{ name: "enks", lag: 1, filter: { name: "etkf", members: 5 } }, "method.filter.members"],
    ] as const)
      expect(await messageOf(() => runCase(caseWith({ ...changed, method }), { reader }))).toContain(
        `${place}: expected 4, as initial.ensemble has, got 5`,
      );
  });
});
