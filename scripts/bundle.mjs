// Bundles the main entry for the browser and refuses what must not be in it; says how large it is.

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

const input = fileURLToPath(new URL("../dist/index.js", import.meta.url));
const bundle = await rolldown({ input, platform: "browser", logLevel: "silent", external: [/^node:/] });
const { output } = await bundle.generate({ format: "esm", minify: true, codeSplitting: false });
const problems = [];
for (const chunk of output) {
  if (chunk.type !== "chunk") continue;
  for (const specifier of [...chunk.imports, ...chunk.dynamicImports]) problems.push(`imports ${specifier}`);
  for (const id of Object.keys(chunk.modules)) {
    const foreign = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1];
    if (foreign !== undefined && foreign !== "pure-rand") problems.push(`contains ${foreign}`);
  }
  const bytes = Buffer.from(chunk.code);
  console.log(
    `main entry for the browser: ${(bytes.length / 1024).toFixed(0)} kB, ${(gzipSync(bytes).length / 1024).toFixed(0)} kB compressed`,
  );
}
for (const problem of new Set(problems)) console.error(`the main entry ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;
