// Compiles the kernels and the table of references when they changed, builds dist/ with tsdown and leaves a mark of when, which scripts/setup.mjs compares with the sources.
import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import buildKernels from "./kernels.mjs";
import buildReferences from "./references.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const tsdown = fileURLToPath(new URL("../node_modules/tsdown/dist/run.mjs", import.meta.url));
await buildKernels();
buildReferences();
const result = spawnSync(process.execPath, [tsdown], { cwd: root, stdio: "inherit" });
if (result.status !== 0) process.exit(result.status ?? 1);
chmodSync(`${root}/dist/cli/main.js`, 0o755);
writeFileSync(`${root}/dist/.built`, "");
