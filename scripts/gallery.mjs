// Draws the pictures of docs/gallery.md, docs/public/gallery/*.svg, from the reports of examples: figures by their names,
// one below the other. Run it by hand after the reports' looks or the examples change; needs a built package.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runCase, setKey } from "../dist/study/case/index.js";
import { nodeReader, readCaseFile } from "../dist/study/case/node.js";
import { renderReport } from "../dist/study/report/index.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = `${root}docs/public/gallery`;
const largest = 150_000;

/** What is shown: the case, shorter where it would take long, and names of figures of its report. */
const pictures = [
  { file: "lorenz63-enkf", figures: ["State component 0", "Root mean square error and spread"] },
  { file: "lorenz63-4dvar", figures: ["State component 0", "Cost per iteration"] },
  {
    file: "published/bocquet2011-letkf",
    count: 600,
    figures: ["truth over time", "analysis over time", "error (analysis"],
  },
  { file: "published/ks-etkf", count: 300, figures: ["truth over time", "analysis over time", "error (analysis"] },
  { file: "published/anderson2010-rank-histogram", count: 2000, figures: ["State component 0", "Rank histogram"] },
  { file: "lorenz63-surrogate/assimilate", count: 200, figures: ["State component 0", "Root mean square error"] },
];

mkdirSync(out, { recursive: true });
for (const { file, count, figures } of pictures) {
  const folder = `${root}examples/${file}`.replace(/\/[^/]*$/, "");
  const read = await readCaseFile(`${root}examples/${file}.yaml`);
  const config = count === undefined ? read : setKey(read, `observations.count=${count}`);
  const run = await runCase(config, { reader: nodeReader(folder, { anywhere: true }) });
  if (run.status !== "done") throw run.error ?? new Error(`${file} ended as ${run.status}`);
  const html = await renderReport({ title: file, createdBy: "onda", runs: run.report("").runs, caseText: "" });
  const picture = compose(html, figures, file);
  if (picture.length > largest) throw new Error(`${file}: ${picture.length} bytes, more than ${largest}`);
  const name = file.replace(/^.*\//, "").replace("assimilate", "lorenz63-surrogate");
  writeFileSync(`${out}/${name}.svg`, picture);
  console.log(
    `${name}.svg ${(picture.length / 1024).toFixed(0)} kB, analysis ${run.summary.rmse?.analysis.toFixed(3)}`,
  );
}

/** The figures of a report in one picture, light, with the report's own colours. */
function compose(html, names, file) {
  const colours = /:root \{[^}]*\}/.exec(html)[0].replace("light dark", "light");
  const parts = [];
  let top = 10;
  for (const name of names) {
    const found = new RegExp(`<svg aria-label="${literal(name)}[\\s\\S]*?</svg>`).exec(html)?.[0];
    if (found === undefined) throw new Error(`${file}: no figure ${name} in its report`);
    const height = Number(/viewBox="0 0 \d+ (\d+)"/.exec(found)[1]);
    const title = /aria-label="([^"]*)"/.exec(found)[1];
    parts.push(
      `<text x="70" y="${top + 14}" font-size="13" font-weight="600" fill="var(--ink)">${title}</text>`,
      found.replace("<svg ", `<svg x="0" y="${top + 18}" `),
    );
    top += 26 + height;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 770 ${top}" width="770" height="${top}" font-family="system-ui, sans-serif" color="#1c2126">`,
    `<style>${colours} .plot { font-size: 12px; overflow: visible; } .plot text { white-space: pre; fill: var(--ink); }</style>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

/** Text as a part of a regular expression. */
function literal(text) {
  return text.replaceAll(/[()*+?.\\[\]{}|^$]/g, "\\$&");
}
