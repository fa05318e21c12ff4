import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { caseWith } from "../study/case/cases.ts";
import { command } from "./command.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "onda-cite-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function cite(change: Parameters<typeof caseWith>[0], ...flags: string[]) {
  await writeFile(join(folder, "c.yaml"), JSON.stringify(caseWith(change)));
  return command(folder, ["cite", "c.yaml", ...flags]);
}

it("prints each entry once, under what it is about", async () => {
  const { code, out, err } = await cite({ method: { name: "etkf", members: 10, rotate: true } });
  expect([code, err]).toEqual([0, ""]);
  const keys = [...out.matchAll(/^@\w+\{([^,]+),/gm)].map(([, key]) => key!);
  expect(keys.slice(0, 2)).toEqual(["Onda", "Cheng2025"]);
  expect(keys).toEqual(expect.arrayContaining(["Lorenz1963", "Bishop2001", "Hunt2007", "SakovOke2008b"]));
  expect(new Set(keys).size).toBe(keys.length);
  expect(out).toContain("% method: etkf\n@article{Bishop2001,");
  expect(out).toContain("% method.rotate: true\n@article{SakovOke2008b,");
  // Whole entries: what isn't one is a comment or empty.
  const rest = out.replaceAll(/^@[\s\S]*?^\}$/gm, "").split("\n");
  expect(rest.filter((line) => line !== "" && !line.startsWith("% "))).toEqual([]);
});

it("takes other values, and prints a list", async () => {
  const { out } = await cite({}, "--set", "method={ name: 4dvar, window: 2, weak: true }", "--json");
  const keys = JSON.parse(out).map(({ key }: { key: string }) => key);
  expect(keys).toEqual(expect.arrayContaining(["LeDimet1986", "Tremolet2006", "LiuNocedal1989"]));
  expect(keys).not.toContain("Evensen1994");
});

it("refuses a wrong case like the other commands", async () => {
  expect(await cite({ "method.name": "enfk" })).toEqual({
    code: 2,
    out: "",
    err: expect.stringMatching(/^onda: method\.name: expected one of .*got "enfk"; did you mean enkf\?\n$/),
  });
});
