// Runs a benchmark of bench/: `npm run bench -- NAME [words of the case's name]`. Bundled first, so that what is timed is
// plain JavaScript; with the garbage collector at hand for figures of memory.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const folder = fileURLToPath(new URL("../bench/", import.meta.url));
const [name, ...rest] = process.argv.slice(2);
const names = readdirSync(folder)
  .filter((file) =>
    /^(executor|assimilation|choice|networks|kernels|threads|filters|variational|paper)\.ts$/.test(file),
  )
  .map((file) => file.slice(0, -3));
if (name === undefined || !existsSync(join(folder, `${name}.ts`))) {
  console.error(`expected one of ${names.join(", ")}, got ${name ?? "nothing"}: npm run bench -- NAME`);
  process.exit(2);
}
const runs = fileURLToPath(new URL("../runs/", import.meta.url));
mkdirSync(runs, { recursive: true });
const work = mkdtempSync(join(runs, ".bench-"));
try {
  const bundle = await rolldown({
    input: join(folder, `${name}.ts`),
    platform: "node",
    logLevel: "silent",
    external: [/^onnxruntime/],
  });
  await bundle.write({ file: join(work, "bench.mjs"), format: "esm", codeSplitting: false });
  const { status } = spawnSync(process.execPath, ["--expose-gc", join(work, "bench.mjs"), ...rest], {
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
