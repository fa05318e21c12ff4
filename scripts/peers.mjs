// Runs the benchmarks that have peers, with the peers: `npm run bench:peers [-- NAME…]`. Makes a virtual environment of Python in
// runs/.peers with NumPy, SciPy, ONNX, PyTorch and JAX (some 2 GB), or takes the Python that ONDA_PEERS names.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = `${root}runs/.peers`;
const names = process.argv.slice(2);

function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
  if (status === 0) return;
  console.error(`${command} ${args.join(" ")}: ${error?.message ?? `ended with ${status}`}`);
  process.exit(1);
}

let python = process.env.ONDA_PEERS;
if (python === undefined) {
  python = `${folder}/bin/python`;
  if (!existsSync(`${folder}/complete`)) {
    run("python3", ["-m", "venv", folder]);
    run(python, ["-m", "pip", "install", "--quiet", "numpy", "scipy", "onnx", "torch", "jax"]);
    run("touch", [`${folder}/complete`]);
  }
}
for (const name of names.length > 0 ? names : ["paper", "variational", "filters", "kernels", "networks"]) {
  console.log(`\n${name}`);
  run(process.execPath, ["scripts/bench.mjs", name], { ONDA_PEERS: python });
}
