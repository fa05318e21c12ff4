import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import {
  caseJsonSchema,
  resolveCase,
  runCase,
  starterCase,
  version,
  vocabulary,
  vocabularyKinds,
} from "../../../src/study/case/index.ts";
import { parseCase } from "../../../src/study/case/parse.ts";

const root = new URL("../../../", import.meta.url);
const text = (path: string): Promise<string> => readFile(new URL(path, root), "utf8");

describe("the published schema", () => {
  it("is the one of the code (UPDATE=1 writes it anew)", async () => {
    const schema = `${JSON.stringify(caseJsonSchema(), null, 2)}\n`;
    if (process.env.UPDATE === "1") {
      const { mkdir, writeFile } = await import("node:fs/promises");
      await mkdir(new URL("schema/", root), { recursive: true });
      await writeFile(new URL("schema/case.schema.json", root), schema);
    }
    expect(JSON.parse(await text("schema/case.schema.json"))).toEqual(caseJsonSchema());
  });

  it("says what every key means", () => {
    const faults: string[] = [];
    for (const kind of vocabularyKinds)
      for (const { name, meaning, options } of vocabulary(kind)) {
        if (name === "" || meaning === "") faults.push(`${kind} ${name}`);
        for (const option of options)
          if (option.meaning === "" || option.takes === "another value") faults.push(`${kind} ${name}.${option.name}`);
      }
    expect(faults).toEqual([]);
  });

  it("stands in the documentation, name by name and key by key", async () => {
    const docs = await text("docs/case-format.md");
    const missing: string[] = [];
    for (const kind of vocabularyKinds)
      for (const { name, options } of vocabulary(kind))
        for (const key of [name, ...options.map((option) => option.name)])
          if (!docs.includes(`\`${key}\``)) missing.push(`${kind}: ${key}`);
    expect(missing).toEqual([]);
  });
});

it("the version is the package's", async () => {
  expect(JSON.parse(await text("package.json"))).toMatchObject({ version });
});

describe("example cases", async () => {
  const list = await Promise.all(
    ["examples/", "examples/published/"].map(async (folder) =>
      (await readdir(new URL(folder, root))).filter((name) => name.endsWith(".yaml")).map((name) => folder + name),
    ),
  );
  it.each(list.flat())("%s is valid", async (path) => {
    expect(resolveCase(parseCase(await text(path), path)).title).not.toBe("Untitled case");
  });

  it("track Lorenz 63 better than its observations do", async () => {
    const [enkf, fourDVar] = await Promise.all(
      ["enkf", "4dvar"].map(async (name) => runCase(parseCase(await text(`examples/lorenz63-${name}.yaml`)))),
    );
    for (const run of [enkf!, fourDVar!]) expect(run.summary.rmse?.analysis).toBeLessThan(1);
    expect(enkf!.arrays.truth).toEqual(fourDVar!.arrays.truth);
    expect(enkf!.arrays.observations).toEqual(fourDVar!.arrays.observations);
  });

  it("begin with one that runs", async () => {
    const run = await runCase(parseCase(starterCase));
    expect(run.summary.rmse?.analysis).toBeLessThan(1.4);
  });
});
