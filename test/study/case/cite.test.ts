import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { libraryKeys, namedKeys, optionRules } from "../../../src/study/case/citations.ts";
import { citeCase, vocabulary } from "../../../src/study/case/index.ts";
import { version } from "../../../src/study/case/version.ts";
import { caseWith, type Json } from "./cases.ts";

const bibliography = readFileSync(new URL("../../../docs/references.bib", import.meta.url), "utf8");
const entries = new Set([...bibliography.matchAll(/^@\w+\{([^,\s]+),/gm)].map(([, key]) => key!));
const keysOf = (change: Json): string[] => citeCase(caseWith(change)).map(({ key }) => key);

describe("the tables", () => {
  it.each(["models", "methods", "covariances", "minimizers"] as const)("name all %s of the format", (kind) => {
    const names = vocabulary(kind).map(({ name }) => name);
    expect(Object.keys(namedKeys[kind]).sort()).toEqual([...names].sort());
    for (const [name, keys] of Object.entries(namedKeys[kind])) expect(keys.length, name).toBeGreaterThan(0);
  });
  it("have keys of the bibliography alone", () => {
    const all = [...libraryKeys, ...Object.values(namedKeys).flatMap((table) => Object.values(table).flat())];
    expect(all.filter((key) => !entries.has(key))).toEqual([]);
  });
  it("have options of the format alone", () => {
    const words = new Set<string>();
    const schema = readFileSync(new URL("../../../schema/case.schema.json", import.meta.url), "utf8");
    for (const [, key] of schema.matchAll(/"(\w+)": \{/g)) words.add(key!);
    expect(Object.keys(optionRules).filter((key) => !words.has(key))).toEqual([]);
  });
});

describe("citeCase", () => {
  const filter = { name: "etkf", members: 10 };
  const cases: [string, Json, string[]][] = [
    [
      "a model and its scheme",
      { model: { name: "lorenz96", scheme: "heun" } },
      ["Lorenz1996", "HairerNorsettWanner1993"],
    ],
    ["the truth's model", { truth: { model: { name: "lorenz84", dt: 0.01 } } }, ["Lorenz1984", "Lorenz1963"]],
    [
      "a filter inside a smoother",
      { method: { name: "enks", lag: 1, filter } },
      ["EvensenVanLeeuwen2000", "Bishop2001"],
    ],
    ["relaxation", { method: { ...filter, relaxation: { rtpp: 0.5 } } }, ["Zhang2004"]],
    ["spread relaxation", { method: { ...filter, relaxation: { rtps: 0.5 } } }, ["WhitakerHamill2012"]],
    ["adaptive inflation", { method: { ...filter, adaptiveInflation: true } }, ["Anderson2009"]],
    ["another kind", { method: { ...filter, adaptiveInflation: { kind: "gharamti" } } }, ["Gharamti2018"]],
    ["added noise", { method: { ...filter, additiveInflation: { variance: 1 } } }, ["MitchellHoutekamer2000"]],
    ["square roots of model errors", { method: { ...filter, modelErrors: "square-root" } }, ["Raanes2015"]],
    ["the finite-size prior", { method: { ...filter, name: "enkf-n" } }, ["Bocquet2011", "Bocquet2015"]],
    ["a default taper", { method: { ...filter, name: "letkf" } }, ["GaspariCohn1999", "Hunt2007"]],
    [
      "tapered gains",
      { method: { ...filter, name: "enkf", localization: { radius: 2 } } },
      ["HoutekamerMitchell2001", "GaspariCohn1999"],
    ],
    [
      "interpolated transforms",
      { method: { ...filter, name: "letkf", localization: { radius: 2, interpolation: 2 } } },
      ["Yang2009"],
    ],
    [
      "sampling errors",
      { method: { ...filter, name: "eakf", localization: { radius: 2, samplingErrorCorrection: true } } },
      ["Anderson2012"],
    ],
    ["particles", { method: { name: "particle", particles: 20 } }, ["Gordon1993", "Kitagawa1996", "Musso2001"]],
    [
      "guided particles",
      { modelError: { variance: 1 }, method: { name: "particle", particles: 20, proposal: "optimal" } },
      ["Doucet2000", "Snyder2015"],
    ],
    ["a default minimiser", { method: { name: "3dvar" } }, ["Lorenc1986", "LiuNocedal1989"]],
    ["that of increments", { method: { name: "3dvar", incremental: true } }, ["Courtier1994", "Tshimanga2008"]],
    ["a minimiser", { method: { name: "4dvar", minimizer: { name: "adam" } } }, ["KingmaBa2015"]],
    ["a hybrid's minimiser", { method: { name: "en4dvar", members: 4 } }, ["Zhang2009", "LiuNocedal1989"]],
    [
      "options of 4D-Var",
      { method: { name: "4dvar", robust: { huber: 1 }, bias: { variance: 1 }, posterior: true, fgat: true } },
      ["Huber1964", "Dee2005", "FisherCourtier1995", "FisherAndersson2001"],
    ],
    [
      "covariances inside covariances",
      {
        "initial.covariance": {
          name: "sum",
          terms: [
            { name: "spectral", kind: "matern", length: 1 },
            { name: "ensemble", file: "e.npy", shrinkage: "ledoit-wolf" },
          ],
        },
      },
      ["HamillSnyder2000", "DietrichNewsam1997", "Stein1999", "Lorenc2003", "LedoitWolf2004"],
    ],
  ];
  it.each(cases)("finds %s", (_, change, expected) => {
    expect(keysOf(change)).toEqual(expect.arrayContaining(expected));
  });

  it("leaves out what does nothing", () => {
    const keys = keysOf({ method: { name: "etkf", members: 10 } });
    expect(keys).toEqual(["Onda", "Cheng2025", "Lorenz1963", "HairerNorsettWanner1993", "Bishop2001", "Hunt2007"]);
    const guided = { name: "particle", particles: 20, proposal: "optimal" };
    expect(keysOf({ modelError: { variance: 1 }, method: guided })).not.toContain("Musso2001");
    expect(keysOf({ method: { name: "3dvar", minimizer: { name: "cg" } } })).not.toContain("LiuNocedal1989");
    expect(keysOf({ method: { name: "letkf", members: 4 } })).not.toContain("Yang2009");
  });

  it("gives the entries of the bibliography, and Onda's with the version", () => {
    const [onda, ...rest] = citeCase(caseWith({}));
    expect(onda!.bibtex).toContain(`version ${version}}`);
    for (const { key, bibtex } of rest) {
      expect(bibliography).toContain(bibtex);
      expect(bibtex.startsWith("@") && bibtex.endsWith("\n}"), key).toBe(true);
    }
  });
});
