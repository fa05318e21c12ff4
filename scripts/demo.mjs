// The demo: Lorenz 63 tracked by an ensemble Kalman filter and by 4D-Var on the same truth and observations, one report.
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { runCase } from "../dist/study/case/index.js";
import { readCaseFile, writeOutput } from "../dist/study/case/node.js";
import { renderReport } from "../dist/study/report/index.js";

const examples = fileURLToPath(new URL("../examples/", import.meta.url));
const folder = fileURLToPath(new URL("../runs/demo", import.meta.url));
const number = (value) => (value === undefined ? "–" : value.toFixed(3));

console.log("A chaotic system (Lorenz 63), seen every 0.25 time units with errors of standard deviation 1.41:\n");
console.log(
  `${"method".padEnd(34)}${"RMSE forecast".padStart(14)}${"RMSE analysis".padStart(15)}${"seconds".padStart(9)}`,
);
const runs = [];
const texts = [];
for (const name of ["lorenz63-enkf", "lorenz63-4dvar"]) {
  const run = await runCase(await readCaseFile(`${examples}${name}.yaml`), { base: examples });
  if (run.status !== "done") throw run.error ?? new Error(`${name} ended as ${run.status}`);
  const { rmse, seconds } = run.summary;
  console.log(
    `${name.padEnd(34)}${number(rmse?.forecast).padStart(14)}${number(rmse?.analysis).padStart(15)}${number(seconds.total).padStart(9)}`,
  );
  const text = readFileSync(`${examples}${name}.yaml`, "utf8");
  texts.push(`# examples/${name}.yaml\n${text}`);
  runs.push(...run.report(text).runs);
}
const html = await renderReport({
  title: "Lorenz 63 tracked by an ensemble Kalman filter and by 4D-Var",
  createdBy: `onda ${JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version}`,
  runs,
  caseText: texts.join("\n"),
});
await writeOutput(folder, new Map([["report.html", html]]));
console.log("\nRun one of them yourself:  npx onda run examples/lorenz63-enkf.yaml");
console.log(`Open the report in a browser:  ${relative(process.cwd(), `${folder}/report.html`)}`);
