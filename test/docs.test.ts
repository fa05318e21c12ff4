// Citations and links of the documentation and of the docstrings.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const skipped = new Set(["node_modules", "dist", "fixtures", "coverage", "runs"]);

/** Files below a folder, or the folder's own, that end so. */
function filesOf(folder: string, end: string, deep = true): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return deep && !skipped.has(entry.name) && !entry.name.startsWith(".") ? filesOf(path, end) : [];
    return entry.name.endsWith(end) ? [path] : [];
  });
}
const read = (file: string): string => readFileSync(join(root, file), "utf8");

const markdown = filesOf(".", ".md");
const sources = filesOf("src", ".ts");
const bibliography = read("docs/references.bib");
const entries = [...bibliography.matchAll(/^@(\w+)\{([^,\s]+),/gm)].map(([, , key]) => key!);

/** Where each key is cited as [Key1999], or as any other key of the bibliography. */
const cited = new Map<string, string[]>();
for (const file of [...sources, ...markdown])
  for (const [, key] of read(file).matchAll(/\[([A-Z][A-Za-z]+(?:\d{4}[a-z]?)?)\](?!\()/g))
    if (/\d$|\d[a-z]$/.test(key!) || entries.includes(key!)) cited.set(key!, [...(cited.get(key!) ?? []), file]);

describe("references", () => {
  it("are all in the bibliography", () => {
    const unknown = [...cited].filter(([key]) => !entries.includes(key));
    expect(unknown).toEqual([]);
    expect(cited.size).toBeGreaterThan(30);
  });
  it("in @see are keys, apart from links", () => {
    const wrong = sources.flatMap((file) =>
      [...read(file).matchAll(/@see +(\S+)/g)].flatMap(([, target]) => {
        const key = /^\[([^\]]+)\]/.exec(target!)?.[1];
        const known = key === undefined ? target!.startsWith("{@link") : entries.includes(key);
        return known ? [] : [`${file}: @see ${target}`];
      }),
    );
    expect(wrong).toEqual([]);
  });
  it("of the bibliography are all cited", () => {
    expect(entries.filter((key) => !cited.has(key))).toEqual([]);
  });
  it("are there once, whole, in the order of the alphabet", () => {
    expect(new Set(entries).size).toBe(entries.length);
    expect(entries).toEqual([...entries].sort());
    expect(bibliography).not.toMatch(/^(<<<<<<<|=======|>>>>>>>)/m);
    for (const [whole] of bibliography.matchAll(/^@[\s\S]*?^\}/gm))
      for (const field of ["title", "year"]) expect(whole, whole).toMatch(new RegExp(`^ +${field} += +\\{`, "m"));
    expect(bibliography.match(/^\}/gm)?.length).toBe(entries.length);
  });
});

/** GitHub's name of a heading. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[`*_]/g, (mark) => (mark === "_" ? "_" : ""))
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");

describe("markdown", () => {
  it.each(markdown)("%s: links lead somewhere", (file) => {
    const text = read(file).replaceAll(/^```[\s\S]*?^```/gm, "");
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target]) => {
      if (/^[a-z]+:/.test(target!)) return [];
      const [path = "", heading] = target!.split("#");
      const place = path === "" ? file : relative(root, join(root, dirname(file), decodeURI(path)));
      if (!existsSync(join(root, place))) return [target];
      if (heading === undefined) return [];
      const anchors = [...read(place).matchAll(/^#+ +(.+)$/gm)].map(([, words]) => anchor(words!));
      return anchors.includes(heading) ? [] : [target];
    });
    expect(broken).toEqual([]);
  });
  it.each(markdown)("%s: files and folders of the repository that are named exist", (file) => {
    const text = read(file).replaceAll(/^```[\s\S]*?^```/gm, "");
    const missing = [...text.matchAll(/`((?:src|test|docs|bench|scripts|examples|web)\/[\w./-]*)`/g)].filter(
      // NAME stands for a name.
      ([, path]) => !/[A-Z]{4}/.test(path!) && !existsSync(join(root, path!)),
    );
    expect(missing.map(([, path]) => path)).toEqual([]);
  });
});
