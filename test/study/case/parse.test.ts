import { describe, expect, it } from "vitest";
import { parseCase } from "../../../src/study/case/index.ts";
import { setKey } from "../../../src/study/case/set.ts";
import { messageOf } from "./cases.ts";

describe("reading the text of a case", () => {
  it("reads the core schema of YAML 1.2", () => {
    expect(parseCase("a: 1e3\nb: yes\nc: 0o17\nd: [1, .nan]")).toEqual({
      a: 1000,
      b: "yes",
      c: 15,
      d: [1, Number.NaN],
    });
  });

  it("reads JSON, tabs and all", () => {
    expect(parseCase('{\n\t"a": [1, 2],\n\t"b": {"c": null}\n}', "x.json")).toEqual({ a: [1, 2], b: { c: null } });
  });

  it.each([
    ["a bracket that isn't closed", "a: 1\nb: [1, 2\nc: 3", /^x\.yaml:3:1: /],
    ["a key that is there twice", "a: 1\nb: 2\na: 3", /^x\.yaml:3:1: this key is there twice$/],
    ["a tag", "a: !!js/function x", /^x\.yaml:1:4: expected plain values, got the tag/],
    ["several documents", "a: 1\n---\nb: 2", /^x\.yaml:2:1: expected one document/],
    ["nothing", "", /^x\.yaml: expected a case, got an empty file$/],
    ["an alias of itself", "a: &a [*a]", /^x\.yaml: an alias refers to itself$/],
    ["a key of prototypes", "a: { __proto__: { b: 1 } }", /^x\.yaml: the key "__proto__" is refused$/],
  ])("refuses %s", async (_, text, expected) => {
    expect(await messageOf(() => parseCase(text, "x.yaml"))).toMatch(expected);
  });

  it("takes a merge key for a key", () => {
    expect(parseCase("a: { <<: { b: 1 } }")).toEqual({ a: { "<<": { b: 1 } } });
  });

  it("refuses aliases that grow without bound", async () => {
    const lines = ["a0: &a0 [1,1,1,1,1,1,1,1,1,1]"];
    for (let k = 1; k < 8; k++)
      lines.push(
        `a${k}: &a${k} [${Array(10)
          .fill(`*a${k - 1}`)
          .join()}]`,
      );
    expect(await messageOf(() => parseCase(lines.join("\n")))).toBe(
      "case: aliases repeat too much: write the values out",
    );
  });

  it("refuses what is nested too deeply", async () => {
    expect(await messageOf(() => parseCase("[".repeat(100) + "]".repeat(100)))).toMatch(/nested/);
    expect(await messageOf(() => parseCase("[".repeat(100_000) + "]".repeat(100_000)))).toMatch(/nested/);
  });

  it("says where JSON is wrong", async () => {
    expect(await messageOf(() => parseCase('{"a": 1,\n "b": 2,}', "x.json"))).toMatch(/^x\.json:2:9: not valid JSON/);
    expect(await messageOf(() => parseCase('{"a": 1,\n "a": 2}', "x.json"))).toMatch(
      /^x\.json:2:2: this key is there twice/,
    );
  });
});

describe("setting a key", () => {
  it("reads the value as YAML and leaves the case as it was", () => {
    const value = { method: { members: 3 }, observations: { steps: [1, 2] } };
    expect(setKey(value, "method.members=7")).toEqual({ method: { members: 7 }, observations: { steps: [1, 2] } });
    expect(setKey(value, "observations.steps.1=9")).toEqual({
      method: { members: 3 },
      observations: { steps: [1, 9] },
    });
    expect(setKey(value, "burnIn={ time: 3 }")).toMatchObject({ burnIn: { time: 3 } });
    expect(setKey(value, "compute.threads=1")).toMatchObject({ compute: { threads: 1 } });
    expect(value.method.members).toBe(3);
  });

  it.each([
    ["members", "--set: expected key.path=value"],
    ["=3", "--set: expected key.path=value"],
    ["a..b=3", "--set: expected key.path=value"],
    ["__proto__.polluted=1", "is refused"],
    ["constructor.prototype.x=1", "is refused"],
    ["a={ __proto__: { x: 1 } }", "is refused"],
    ["title.x=1", "there is no x in a plain value"],
    ["list.5=1", "expected an index from 0 to 1, got 5"],
    ["a=[1", "--set a:1:"],
  ])("refuses %s", async (assignment, expected) => {
    expect(await messageOf(() => setKey({ title: "t", list: [1, 2] }, assignment))).toContain(expected);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});
