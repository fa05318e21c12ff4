// Runs the JavaScript examples of README.md as they stand, against the built package.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const examples = [...readFileSync(`${root}/README.md`, "utf8").matchAll(/```js\n([\s\S]*?)```/g)].map(
  ([, code]) => code,
);
if (examples.length === 0) {
  console.error("README.md has no example");
  process.exit(1);
}
const folder = `${root}/runs/.readme`;
mkdirSync(folder, { recursive: true });
let failed = false;
examples.forEach((code, i) => {
  writeFileSync(`${folder}/${i}.mjs`, code);
  const { status } = spawnSync(process.execPath, [`${folder}/${i}.mjs`], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  failed ||= status !== 0;
});
rmSync(folder, { recursive: true });
process.exitCode = failed ? 1 : 0;
