// The experiments of this example: node run.mjs [--quick]. Prints the tables, writes pictures and results.json.
import { writeFileSync } from "node:fs";
import {
  assimilate,
  enkf,
  etkf,
  fourDVar,
  gridDomain,
  identityModel,
  lbfgs,
  letkf,
  observationNetwork,
  observationSeries,
  threeDVar,
} from "onda-da";
import { fieldsPicture } from "./picture.mjs";
import {
  decode,
  encode,
  experiment,
  fullErrors,
  fullOperator,
  kinds,
  latentOperator,
  leads,
  memberCovariance,
  members,
  model,
  networkErrors,
  noise,
  pair,
  row,
  rows,
} from "./problem.mjs";
import { frames, h, mse, points, range, rrmse, scaled, side, ssim, stepsPerFrame, u, waves } from "./setup.mjs";

const quick = process.argv.includes("--quick");
const numbers = Array.from({ length: quick ? 1 : 10 }, (_, i) => i);
/** How many of the starts are assimilated with the equations, too, which take longer. */
const fullStarts = 3;
/** The start whose pictures are written. */
const shown = 3;
const compute = { executor: "auto" };
const begin = performance.now();

const errorsOf = await networkErrors(quick ? 6 : 25);
const full = identityModel({ size: 3 * points });
const still = identityModel({ size: model.size });

/** One row for each experiment: lists of scores by name. */
const table = new Map();
function note(name, lead, truth, { velocity, surface }, seconds) {
  const key = `${name}|${lead}`;
  if (!table.has(key)) table.set(key, { name, lead, rrmse: [], mse: [], ssim: [], u: [], h: [], seconds: [] });
  const scores = table.get(key);
  const [own, expected] = [scaled(velocity, range.u), scaled(u(truth), range.u)];
  scores.rrmse.push(rrmse(own, expected));
  scores.mse.push(mse(own, expected));
  scores.ssim.push(ssim(own, expected));
  scores.u.push(Math.sqrt(mse(velocity, u(truth))));
  scores.h.push(Math.sqrt(mse(surface, h(truth))));
  scores.seconds.push(seconds);
}
const surfaceOf = latentOperator(kinds.perfect);
const ofLatent = (z) => ({ velocity: decode.apply(z, 0), surface: surfaceOf.apply(z, 0) });
const ofFull = (x) => ({ velocity: u(x), surface: h(x) });

async function run(options) {
  const start = performance.now();
  const result = await assimilate({ ...options, compute, seed: 1 }).collect();
  return { result, seconds: (performance.now() - start) / 1000 };
}
const seriesOf = (test, kind, at, steps, dt, operator, error) =>
  observationSeries(
    observationNetwork({ dt, steps, operator, error }),
    at.map((lead) => test.observe(kind, lead)),
  );

/** Background, and every kind of observation and method, in latent space. */
async function latentExperiments(test) {
  const { truth, background, starts } = test;
  const [z0, zb] = [encode.apply(u(truth[0]), 0), encode.apply(u(background[0]), 0)];
  const codes = starts.map((state) => encode.apply(u(state), 0));
  const ahead = (z, lead) => model.advance(lead).apply(z, 0);
  for (const lead of [10, 20, 22, 30]) {
    note("networks alone, true start", lead, truth[lead], ofLatent(ahead(z0, lead)), 0);
    note("true start, standing still", lead, truth[lead], ofLatent(z0), 0);
    note("background, latent", lead, truth[lead], ofLatent(ahead(zb, lead)), 0);
  }
  for (const [key, kind] of Object.entries(kinds)) {
    if (quick && (key === "perfect" || key === "latentPerfect" || key === "sparse")) continue;
    const operator = latentOperator(kind);
    for (const lead of leads) {
      const { result, seconds } = await run({
        model: still,
        observations: seriesOf(test, kind, [lead], [0], 1, operator, errorsOf("now", kind)),
        background: { mean: ahead(zb, lead), covariance: memberCovariance(codes.map((z) => ahead(z, lead))) },
        method: threeDVar({ minimizer: lbfgs({ iterations: 40, tolerance: 1e-3 }) }),
      });
      note(`3D-Var, latent u to ${key}`, lead, truth[lead], ofLatent(row(result.analysisMean, 0)), seconds);
    }
    const prior = { mean: zb, covariance: memberCovariance(codes) };
    const window = await run({
      model,
      observations: seriesOf(test, kind, pair, pair, model.dt, operator, errorsOf("pair", kind)),
      background: prior,
      method: fourDVar({ window: 2, minimizer: lbfgs({ iterations: 40, tolerance: 1e-3 }) }),
    });
    pair.forEach((lead, k) => {
      const analysis = ofLatent(row(window.result.analysisMean, k));
      note(`4D-Var, latent u to ${key}`, lead, truth[lead], analysis, window.seconds);
      if (!quick && test.number === shown && k === 0 && (key === "noisy" || key === "sparse"))
        pictures(test, key, lead, analysis);
    });
    const methods = {
      ...(!kind.encoded && kind.std > 0 && { EnKF: enkf({ members, inflation: 1.02 }) }),
      ...(kind.std > 0 && { ETKF: etkf({ members, inflation: 1.02 }) }),
    };
    for (const [name, method] of Object.entries(methods)) {
      const { result, seconds } = await run({
        model,
        observations: seriesOf(test, kind, leads, leads, model.dt, operator, errorsOf("interval", kind)),
        background: { ...prior, ensemble: rows(codes) },
        method,
      });
      leads.forEach((lead, k) => {
        note(`${name}, latent u to ${key}`, lead, truth[lead], ofLatent(row(result.analysisMean, k)), seconds);
      });
    }
  }
}

/** The same with the equations, on [u, v, h]. */
async function fullExperiments(test) {
  const { truth, background, starts } = test;
  const steps = (at) => at.map((lead) => lead * stepsPerFrame);
  const tenFrames = waves.advance(10 * stepsPerFrame);
  const ahead = new Map([[0, rows(starts)]]);
  for (const lead of leads) {
    const shape = [members, 3 * points];
    const { data } = await tenFrames.applyBatch(ahead.get(lead - 10), 0);
    ahead.set(lead, { data, shape });
  }
  const list = (lead) => starts.map((_, i) => row(ahead.get(lead), i));
  for (const lead of [10, 20, 22, 30]) note("background, full", lead, truth[lead], ofFull(background[lead]), 0);
  for (const key of quick ? ["sparse"] : ["perfect", "noisy", "sparse"]) {
    const kind = kinds[key];
    const [operator, error] = [fullOperator(kind), fullErrors(kind)];
    for (const lead of leads) {
      const { result, seconds } = await run({
        model: full,
        observations: seriesOf(test, kind, [lead], [0], 1, operator, error),
        background: { mean: background[lead], covariance: memberCovariance(list(lead)) },
        method: threeDVar({ minimizer: lbfgs({ iterations: 40, tolerance: 1e-3 }) }),
      });
      note(`3D-Var, full to ${key}`, lead, truth[lead], ofFull(row(result.analysisMean, 0)), seconds);
    }
    if (!quick) {
      const { result, seconds } = await run({
        model: waves,
        observations: seriesOf(test, kind, pair, steps(pair), waves.dt, operator, error),
        background: { mean: background[0], covariance: memberCovariance(starts) },
        method: fourDVar({ window: 2, checkpoint: true, minimizer: lbfgs({ iterations: 15, tolerance: 1e-3 }) }),
      });
      pair.forEach((lead, k) => {
        note(`4D-Var, full to ${key}`, lead, truth[lead], ofFull(row(result.analysisMean, k)), seconds);
      });
    }
    if (key === "perfect" || quick) continue;
    const local = {
      function: "gaspari-cohn",
      radius: 12,
      domain: gridDomain({ shape: [side, side], periodic: true, fields: 3 }),
    };
    const methods = {
      EnKF: enkf({ members, inflation: 1.02 }),
      ...(key === "sparse" && { LETKF: letkf({ members, inflation: 1.02, interpolation: 4, localization: local }) }),
    };
    for (const [name, method] of Object.entries(methods)) {
      const { result, seconds } = await run({
        model: waves,
        observations: seriesOf(test, kind, leads, steps(leads), waves.dt, operator, error),
        background: { mean: background[0], covariance: memberCovariance(starts), ensemble: rows(starts) },
        method,
      });
      leads.forEach((lead, k) => {
        note(`${name}, full to ${key}`, lead, truth[lead], ofFull(row(result.analysisMean, k)), seconds);
      });
    }
  }
}

function pictures(test, key, lead, analysis) {
  const kind = kinds[key];
  const observed = new Float64Array(points).fill(Number.NaN);
  test.observe(kind, lead).forEach((value, i) => {
    observed[kind.places[i]] = value;
  });
  const difference = (a, b) => a.map((value, i) => value - b[i]);
  const [truth, background] = [test.truth[lead], test.background[lead]];
  writeFileSync(
    new URL(`fields-${key}.svg`, import.meta.url),
    fieldsPicture(`Shallow water, ${kind.title}: truth, observations, background, analysis, errors`, [
      [
        { title: "h, truth", values: h(truth) },
        { title: `observed (${kind.places.length} points)`, values: observed },
        { title: "background", values: h(background) },
        { title: "4D-Var, latent", values: analysis.surface },
        { title: "error before", values: difference(h(background), h(truth)), error: true },
        { title: "error after", values: difference(analysis.surface, h(truth)), error: true },
      ],
      [
        { title: "u, truth", values: u(truth) },
        { title: "not observed", values: new Float64Array(points).fill(Number.NaN) },
        { title: "background", values: u(background) },
        { title: "4D-Var, latent", values: analysis.velocity },
        { title: "error before", values: difference(u(background), u(truth)), error: true },
        { title: "error after", values: difference(analysis.velocity, u(truth)), error: true },
      ],
    ]),
  );
}

/** How much the dynamics network moves at every step of a long rollout, beside the truth: a collapsed one would stand still. */
async function movement(test) {
  const z = encode.apply(u(test.truth[0]), 0);
  const path = [z, ...Array.from({ length: frames - 1 }, (_, k) => model.advance(k + 1).apply(z, 0))];
  const truth = test.truth.map((state) => encode.apply(u(state), 0));
  const distance = (a, b) => Math.hypot(...a.map((value, i) => value - b[i]));
  const moves = (list) => list.slice(1).map((value, k) => distance(value, list[k]));
  const [own, real] = [moves(path), moves(truth)];
  return Math.min(...own.map((value, k) => value / real[k]));
}

let moved = Number.POSITIVE_INFINITY;
for (const number of numbers) {
  const test = await experiment(number);
  moved = Math.min(moved, await movement(test));
  await latentExperiments(test);
  if (number < fullStarts) await fullExperiments(test);
  if (!quick) writeFileSync(new URL("results.json", import.meta.url), `${JSON.stringify([...table.values()])}\n`);
  console.error(`start ${number}: ${((performance.now() - begin) / 1000).toFixed(0)} s`);
}

const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
const spread = (list) =>
  list.length < 2 ? 0 : Math.sqrt(list.reduce((sum, value) => sum + (value - mean(list)) ** 2, 0) / (list.length - 1));
const entry = (list, digits) => `${mean(list).toFixed(digits)} ± ${spread(list).toFixed(digits)}`;
console.log(
  `Smallest ratio of a step of the dynamics network to the true one, over ${frames - 1} steps: ${moved.toFixed(2)}`,
);
console.log(
  `Noise where there is any: ${noise} in h. Scores of u: RRMSE, MSE, SSIM of fields in [0, 1]; RMSE of h beside the noise.\n`,
);
console.log(
  "| experiment | frames after the start | RRMSE | at +20: MSE · 10⁴ | SSIM | RMSE of h · 10³ | seconds |\n|---|---|---|---|---|---|---|",
);
for (const name of new Set([...table.values()].map((each) => each.name))) {
  const own = [...table.values()].filter((each) => each.name === name);
  const middle = own.find(({ lead }) => lead === 20);
  const thousand = middle.h.map((value) => value * 1e3);
  console.log(
    `| ${name} | ${own.map(({ lead }) => `+${lead}`).join(" / ")} | ${own.map((each) => mean(each.rrmse).toFixed(4)).join(" / ")} (± ${spread(middle.rrmse).toFixed(4)}) | ${(1e4 * mean(middle.mse)).toFixed(2)} | ${mean(middle.ssim).toFixed(3)} | ${entry(thousand, 2)} | ${mean(middle.seconds).toFixed(2)} |`,
  );
}
console.log(`\n${numbers.length} starts, ${((performance.now() - begin) / 1000).toFixed(0)} s`);
