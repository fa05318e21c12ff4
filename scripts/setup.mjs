// Makes a fresh clone ready: installs when the lock file is newer than node_modules, builds when src is newer than dist
// or the compiled kernels or the table of references are missing.
// Needs Node alone and costs nothing the second time.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { kernelsAreStale } from "./kernels.mjs";
import { referencesAreStale } from "./references.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const modified = (path) => (existsSync(join(root, path)) ? statSync(join(root, path)).mtimeMs : 0);

function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) latest = Math.max(latest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  }
  return latest;
}

// ONNX Runtime's install script would fetch what only GPUs need.
const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };

function run(command, args, what) {
  process.stderr.write(`onda: ${what}…\n`);
  const windows = process.platform === "win32";
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
    shell: windows,
    encoding: "utf8",
    env,
  });
  if (result.error !== undefined || result.status !== 0) {
    process.stderr.write(`${result.stderr ?? ""}${result.error?.message ?? ""}\nonda: ${what} failed\n`);
    process.exit(1);
  }
}

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`onda: Node 20.19 or newer is needed, this is ${process.versions.node}\n`);
  process.exit(1);
}
if (modified("node_modules/.package-lock.json") < modified("package-lock.json")) {
  run("npm", ["ci", "--include=dev", "--no-audit", "--no-fund"], "installing the dependencies");
}
const built = modified("dist/.built");
const generated = !kernelsAreStale() && !referencesAreStale();
if (!generated || built < Math.max(newest("src"), modified("tsdown.config.ts"), modified("package.json"))) {
  run("npm", ["run", "build"], "building");
}
