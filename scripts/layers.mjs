// The layer rule: each wing of src/ imports only from the wings before it, each folder of a wing only from the folders
// before it, nothing in a cycle (AssemblyScript apart); node: only in src/cli/ and in files named node.ts; zod only in *.schema.ts and study/case,
// yaml, Plot and linkedom only in study/ and cli/.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../src/", import.meta.url));
const wings = {
  engine: ["errors", "tensor", "random", "linalg", "minimize", "graph", "onnx", "execute", "nn"],
  problem: ["operators", "localization", "covariance", "models", "observe"],
  methods: ["common", "filters", "smoothers", "variational", "hybrid"],
  diagnostics: [],
  study: ["cycle", "report", "case", "train", "torchda"],
  cli: [],
};
const order = Object.keys(wings);
const problems = [];
const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
  .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)).replaceAll("\\", "/"))
  .filter((file) => !file.startsWith("engine/linalg/kernels/"));

const place = (file) => {
  const [wing, folder] = file.split("/");
  return { wing, folder: file.split("/").length > 2 ? folder : null };
};
const graph = new Map();
for (const file of files) {
  const text = readFileSync(join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const targets = [];
  for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g)) {
    if (specifier.startsWith("node:")) {
      if (!file.startsWith("cli/") && !file.endsWith("/node.ts"))
        problems.push(`${file}: imports ${specifier} outside cli/ and node.ts`);
    } else if (specifier.startsWith(".")) {
      targets.push(relative(root, resolve(root, dirname(file), specifier)).replaceAll("\\", "/"));
    } else {
      const name = specifier.split("/")[0];
      const allowed =
        name === "pure-rand" ||
        (name === "zod" && (file.endsWith(".schema.ts") || file.startsWith("study/case/"))) ||
        (["yaml", "@observablehq", "linkedom"].includes(name) && /^(study|cli)\//.test(file)) ||
        (name === "commander" && file.startsWith("cli/"));
      if (!allowed) problems.push(`${file}: may not import ${specifier}`);
    }
  }
  graph.set(file, targets);
  const from = place(file);
  if (!file.includes("/")) continue;
  if (!order.includes(from.wing)) problems.push(`${file}: unknown wing ${from.wing}`);
  for (const target of targets) {
    const to = place(target);
    if (!files.includes(target)) problems.push(`${file}: imports ${target}, which is not there`);
    const [a, b] = [order.indexOf(from.wing), order.indexOf(to.wing)];
    if (b > a || b < 0) problems.push(`${file}: ${from.wing} may not import ${target}`);
    if (a !== b || from.folder === to.folder || to.folder === null) continue;
    const folders = wings[from.wing];
    if (from.folder === null) {
      if (!file.endsWith("/index.ts") && !(from.wing === "cli" || from.wing === "diagnostics"))
        problems.push(`${file}: a wing's shared contract imports no folder of the wing, but ${target}`);
    } else if (folders.length > 0) {
      const [i, j] = [folders.indexOf(from.folder), folders.indexOf(to.folder)];
      if (i < 0 || j < 0 || j > i) problems.push(`${file}: ${from.folder} may not import ${target}`);
    }
  }
}
const state = new Map();
function visit(file, path) {
  if (state.get(file) === "done") return;
  if (state.get(file) === "open") {
    problems.push(`cycle: ${[...path.slice(path.indexOf(file)), file].join(" -> ")}`);
    return;
  }
  state.set(file, "open");
  for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
  state.set(file, "done");
}
for (const file of files) visit(file, []);
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? `layers: ${files.length} files in order` : `layers: ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
