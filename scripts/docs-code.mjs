// Runs the JavaScript examples of README.md and of docs/ as they stand, each ```js block by itself, against the built package.
// Blocks that can't stand alone are marked ```ts. With names of files it runs theirs.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const pages = readdirSync(`${root}docs`, { recursive: true })
  .map((file) => `docs/${file.replaceAll("\\", "/")}`)
  .filter((file) => file.endsWith(".md") && !file.includes("/.vitepress/"));
const files = process.argv.length > 2 ? process.argv.slice(2) : ["README.md", ...pages.sort()];
const folder = `${root}runs/.docs-code`;
mkdirSync(folder, { recursive: true });
let ran = 0;
let failed = 0;
for (const file of files) {
  const text = readFileSync(`${root}${file}`, "utf8");
  for (const { 1: code, index } of text.matchAll(/^```js\n([\s\S]*?)^```/gm)) {
    const line = text.slice(0, index).split("\n").length;
    const path = `${folder}/${file.replaceAll("/", "-")}-${line}.mjs`;
    writeFileSync(path, code);
    const { status, stdout, stderr } = spawnSync(process.execPath, [path], { cwd: folder, encoding: "utf8" });
    ran += 1;
    if (status === 0) continue;
    failed += 1;
    console.error(`${file}:${line}: this example fails\n${stdout}${stderr}`);
  }
}
rmSync(folder, { recursive: true });
console.log(`${ran} examples ran, ${failed} failed`);
process.exitCode = failed > 0 || ran === 0 ? 1 : 0;
