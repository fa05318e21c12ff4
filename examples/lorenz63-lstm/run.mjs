// All methods, all noises, with the LSTM and with the equations: node run.mjs [--quick]. Prints the table, writes results.json.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runCase } from "onda-da/case";
import { readCaseFile } from "onda-da/node";

const quick = process.argv.includes("--quick");
const base = fileURLToPath(new URL(".", import.meta.url));
const whole = await readCaseFile(`${base}assimilate.yaml`);
const count = quick ? 60 : whole.observations.count;
const noises = quick ? [0.5] : [0.5, 1, 2, 4];
const equations = whole.truth.model;

/** Persistence as the model. */
const still = { name: "identity", size: 3, dt: 0.05 };
const minimizer = { name: "lbfgs", iterations: 60, tolerance: 1e-5 };
const methods = {
  EnKF: { name: "enkf", members: 50, inflation: 1.05 },
  ETKF: { name: "etkf", members: 20, inflation: 1.05 },
  IEnKS: { name: "ienks", members: 20, lag: 1, inflation: 1.15 },
  "4D-Var": { name: "4dvar", window: 2, shift: 1, covariance: { climatological: 0.1 }, minimizer },
};

/** RMSE of the analysis and seconds. */
async function score(model, method, noise) {
  const { status, summary } = await runCase(
    {
      ...whole,
      model,
      method,
      observations: { ...whole.observations, count, error: { std: noise } },
      outputs: { report: false },
    },
    { base },
  );
  if (status !== "done") return { rmse: Number.NaN, seconds: summary.seconds.total, reason: summary.reason };
  return { rmse: summary.rmse.analysis, seconds: summary.seconds.total };
}

const results = [];
for (const noise of noises) {
  const of = (name, learned, known) => results.push({ noise, name, learned, known });
  for (const [name, method] of Object.entries(methods))
    of(name, await score(whole.model, method, noise), await score(equations, method, noise));
  const free = { name: "none" };
  of("no observations", await score(whole.model, free, noise), await score(equations, free, noise));
  const filter = { name: "etkf", members: 20, inflation: 1.05 };
  of("standing still, ETKF", await score(still, { ...filter, additiveInflation: { std: 8 } }, noise));
  console.error(`noise ${noise} done`);
}

console.log("| method | model | " + noises.map((noise) => `σ = ${noise}`).join(" | ") + " |");
console.log("|---|---|" + noises.map(() => "---").join("|") + "|");
for (const name of new Set(results.map((result) => result.name)))
  for (const [key, title] of [
    ["learned", "LSTM"],
    ["known", "equations"],
  ]) {
    const cells = noises.map((noise) => results.find((r) => r.noise === noise && r.name === name)[key]?.rmse);
    if (cells.every((cell) => cell !== undefined))
      console.log(`| ${name} | ${title} | ${cells.map((cell) => cell.toFixed(3)).join(" | ")} |`);
  }
const time = results.filter(({ noise }) => noise === noises.at(-1));
console.log(
  `\nseconds at σ = ${noises.at(-1)}, ${count} cycles: ${time.map((r) => `${r.name} ${r.learned.seconds.toFixed(2)}`).join(", ")}`,
);
if (!quick)
  writeFileSync(
    new URL("results.json", import.meta.url),
    `${JSON.stringify(results.map(({ noise, name, learned, known }) => ({ noise, name, learned: learned.rmse, known: known?.rmse })))}\n`,
  );
