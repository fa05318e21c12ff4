// Builds the documentation site, pages by VitePress and the API by TypeDoc, into docs/.vitepress/dist, and fails on errors of
// either and on links inside the site that lead nowhere.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const site = join(root, "docs/.vitepress/dist");

function run(tool, ...args) {
  const path = join(root, "node_modules", ...tool.split("/"));
  const { status } = spawnSync(process.execPath, [path, ...args], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
run("vitepress/bin/vitepress.js", "build", "docs");
run("typedoc/bin/typedoc", "--logLevel", "Warn");

// TypeDoc's pages link among themselves; the others are read here, menus and anchors included.
const pages = readdirSync(site, { recursive: true })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".html") && !file.startsWith("api/"));
const texts = new Map();
const textOf = (file) => {
  if (!texts.has(file)) texts.set(file, readFileSync(join(site, file), "utf8"));
  return texts.get(file);
};
const dead = [];
let links = 0;
for (const page of pages)
  for (const [, , target] of textOf(page).matchAll(/ (href|src)="([^"]*)"/g)) {
    if (/^([a-z]+:|\/\/)/.test(target)) continue;
    links += 1;
    const [path, anchor] = target.replaceAll("&amp;", "&").split("#").map(decodeURIComponent);
    let file = page;
    if (path !== "") file = path.startsWith("/") ? path.slice(1) : relative(site, join(site, dirname(page), path));
    if (file === "" || file.endsWith("/")) file += "index.html";
    if (!existsSync(join(site, file)) && existsSync(join(site, `${file}.html`))) file += ".html";
    if (!existsSync(join(site, file)) || (anchor && file.endsWith(".html") && !textOf(file).includes(`id="${anchor}"`)))
      dead.push(`${page}: ${target}`);
  }
for (const link of new Set(dead)) console.error(`dead link: ${link}`);
console.log(`${pages.length} pages, ${links} links, ${new Set(dead).size} of them dead`);
process.exitCode = dead.length > 0 || pages.length === 0 ? 1 : 0;
