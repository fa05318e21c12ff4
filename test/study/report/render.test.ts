import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { ArgumentError, ShapeError } from "../../../src/engine/errors/index.ts";
import { type ReportInput, type ReportRun, renderReport } from "../../../src/study/report/index.ts";
import { bareRun, fullRun, inputOf } from "./runs.ts";

const VOID = new Set(["meta", "img", "br", "hr", "link", "input"]);

/** Throws unless every element is closed in order, then gives the headings of the figures. */
function figuresOf(html: string): string[] {
  const open: string[] = [];
  for (const [, slash, name, rest] of html.matchAll(/<(\/?)([a-zA-Z][\w-]*)((?:"[^"]*"|[^">])*)>/g)) {
    if (slash === "/") expect(open.pop(), `closing ${name}`).toBe(name);
    else if (!VOID.has(name!) && !rest!.endsWith("/")) open.push(name!);
  }
  expect(open).toEqual([]);
  const { document } = parseHTML(html);
  for (const figure of document.querySelectorAll("figure")) {
    expect(figure.querySelector("figcaption")?.textContent).toMatch(/\.$/);
    expect(figure.querySelectorAll("svg.plot, .map img").length).toBeGreaterThan(0);
  }
  return [...document.querySelectorAll("figure h3")].map((heading) => heading.textContent ?? "");
}

const leadOf = (html: string): string => parseHTML(html).document.querySelector(".lead")?.textContent ?? "";
const render = (...runs: ReportRun[]): Promise<string> => renderReport(inputOf(...runs));

describe("renderReport", () => {
  it("draws what a run has", async () => {
    expect(figuresOf(await render(fullRun(60, 20)))).toEqual([
      "State",
      "Error and spread",
      "State over time and space",
      "Innovation chi-square",
      "Rank histogram",
      "Minimisation",
    ]);
    expect(figuresOf(await render(fullRun(60, 3)))).not.toContain("State over time and space");
    expect(figuresOf(await render(bareRun(60, 3)))).toEqual(["State"]);
  });

  it("draws fields of two dimensions as maps", async () => {
    const html = await render({ ...fullRun(5, 24), fieldShape: [4, 6] });
    expect(figuresOf(html)).toContain("Fields at the last analysis");
    expect(html.match(/class="map"/g)).toHaveLength(3);
    const several = await render({ ...bareRun(5, 24), fieldShape: [2, 3, 4] });
    expect(several.match(/class="map"/g)).toHaveLength(4);
    expect(several).toContain("field 1: increment");
  });

  it("says the result in words", async () => {
    expect(leadOf(await render(fullRun(60, 3)))).toBe(
      "Analysis RMSE 0.220 ± 0.0051, against 0.290 for the forecast and 0.100 for a single observation. " +
        "Spread 0.210, 0.955 times the error: well calibrated. Innovation chi-square 1.01 (1 expected). " +
        "Cost from 1400 to 700 in 12 iterations (means over the windows); 2 of 3 windows converged.",
    );
    expect(leadOf(await render(bareRun(5, 3)))).toBe("There is no truth to compare with.");
  });

  it("compares several runs", async () => {
    const worse = fullRun(60, 3, "enkf");
    const html = await render({ ...worse, summary: { ...worse.summary, rmse: { analysis: 0.33 } } }, fullRun(60, 3));
    expect(leadOf(html)).toBe(
      "Smallest analysis error: etkf with an RMSE of 0.220, before enkf with 0.330 (50 % more).",
    );
    expect(figuresOf(html)[0]).toBe("Analysis errors compared");
    const { document } = parseHTML(html);
    expect([...document.querySelectorAll("h2")].map((heading) => heading.textContent)).toEqual(["enkf", "etkf"]);
    expect([...document.querySelectorAll("strong")].map((cell) => cell.textContent)).toEqual([
      "0.220 ± 0.0051",
      "0.290",
    ]);
    expect(document.querySelectorAll("thead th")).toHaveLength(2);
  });

  it("shows why a run ended early", async () => {
    const run = fullRun(6, 3);
    const html = await render({ ...run, summary: { ...run.summary, status: "failed", reason: "the cost is NaN" } });
    expect(parseHTML(html).document.querySelector(".warning")?.textContent).toBe(
      "etkf: failed after 6 cycles: the cost is NaN",
    );
  });

  it("escapes every string", async () => {
    const evil = `<script>alert("1")</script>&'`;
    const run = fullRun(20, 3, evil);
    const summary = { ...run.summary, method: evil, status: evil, reason: evil };
    const input: ReportInput = {
      title: evil,
      createdBy: evil,
      runs: [
        { ...run, summary },
        { ...run, summary },
      ],
      caseText: `${evil}\u0000</code></pre>`,
      notes: [evil],
    };
    const html = await renderReport(input);
    figuresOf(html);
    expect(html).not.toContain("<script");
    expect(html).not.toContain("\u0000");
    const { document } = parseHTML(html);
    expect(document.querySelector("h1")?.textContent).toBe(evil);
    expect(document.querySelector("title")?.textContent).toBe(evil);
    expect(document.querySelector("pre")?.textContent).toBe(`${evil}\ufffd</code></pre>`);
    expect(document.querySelector(".notes li")?.textContent).toBe(evil);
    expect(document.querySelector("h2")?.textContent).toBe(evil);
  });

  it("refers to nothing outside", async () => {
    const html = await render(fullRun(60, 20), { ...fullRun(60, 20), fieldShape: [4, 5] });
    expect(html).not.toMatch(/https?:|<script|<link|@import|url\(|javascript:/i);
    for (const [, address] of html.matchAll(/(?:src|href)="([^"]*)"/g))
      expect(address).toMatch(/^(data:image\/png|#run-\d)/);
    expect(html).toContain("default-src 'none'");
  });

  it("gives the same bytes for the same input", async () => {
    expect(await render(fullRun(60, 20))).toBe(await render(fullRun(60, 20)));
  });

  it("stays small for long runs", async () => {
    const html = await render(fullRun(100_000, 3));
    expect(figuresOf(html)).toContain("Error and spread");
    expect(html.length).toBeLessThan(250_000);
    expect((await render({ ...fullRun(300, 1000), fieldShape: [1000] })).length).toBeLessThan(600_000);
    expect((await render({ ...fullRun(1, 250_000), fieldShape: [500, 500] })).length).toBeLessThan(300_000);
  });

  it("computes errors and spread that a run doesn't bring", async () => {
    const { rmseForecast: _a, rmseAnalysis: _b, spreadForecast: _c, spreadAnalysis: _d, ...run } = fullRun(30, 3);
    expect(figuresOf(await render(run))).toContain("Error and spread");
    const { spread: _e, ...noSpread } = run;
    expect(figuresOf(await render(noSpread))).toContain("Error");
    const { truth: _f, ...noTruth } = run;
    expect(figuresOf(await render(noTruth))).toContain("Spread");
  });
});

describe("a report at its edges", () => {
  const nan = (run: ReportRun): ReportRun => ({
    ...run,
    observations: { data: new Float64Array(run.times.length * 3).fill(Number.NaN), shape: [run.times.length, 3] },
    chi2: new Float64Array(run.times.length).fill(Number.NaN),
  });
  const constant = (run: ReportRun): ReportRun => {
    const flat = { data: new Float64Array(run.times.length * 20).fill(5), shape: [run.times.length, 20] };
    const zero = new Float64Array(run.times.length);
    return {
      ...run,
      truth: flat,
      forecastMean: flat,
      analysisMean: flat,
      spread: { ...flat, data: flat.data.map(() => 0) },
      rmseForecast: zero,
      rmseAnalysis: zero,
      spreadForecast: zero,
      spreadAnalysis: zero,
      chi2: zero,
      cost: { data: Float64Array.of(0, 0, 0, 0, 0, 0), shape: [1, 6] },
    };
  };
  const empty = { data: new Float64Array(0), shape: [0, 3] };

  it.each<[string, ReportRun, string[]]>([
    [
      "one cycle",
      fullRun(1, 3),
      ["State", "Error and spread", "Innovation chi-square", "Rank histogram", "Minimisation"],
    ],
    ["all observations missing", nan(fullRun(9, 3)), ["State", "Error and spread", "Rank histogram", "Minimisation"]],
    ["no iteration", { ...bareRun(9, 3), cost: { data: new Float64Array(0), shape: [0, 6] } }, ["State"]],
    ["an empty rank histogram", { ...bareRun(9, 3), rankHistogram: [0, 0, 0] }, ["State"]],
    ["a thousand ranks", { ...bareRun(9, 3), rankHistogram: new Array(1001).fill(3) }, ["State", "Rank histogram"]],
    [
      "constant values",
      constant(fullRun(9, 20)),
      [
        "State",
        "Error and spread",
        "State over time and space",
        "Innovation chi-square",
        "Rank histogram",
        "Minimisation",
      ],
    ],
    ["no finished cycle", { ...bareRun(0, 3), truth: empty, forecastMean: empty, analysisMean: empty }, []],
    ["more burn-in than cycles", { ...bareRun(9, 3), burnInCycles: 50 }, ["State"]],
    [
      "a state that isn't finite",
      { ...bareRun(9, 3), analysisMean: { data: new Float64Array(27).fill(Number.NaN), shape: [9, 3] } },
      ["State"],
    ],
  ])("with %s", async (_name, run, figures) => {
    const html = await render(run);
    expect(figuresOf(html)).toEqual(figures);
    expect(html).not.toMatch(/NaN|Infinity|undefined|\[object/);
    expect(figuresOf(await render(run, run)).length).toBeGreaterThanOrEqual(2 * figures.length);
  });

  it("refuses arrays that don't belong together", async () => {
    await expect(renderReport(inputOf())).rejects.toThrow(ArgumentError);
    const run = fullRun(9, 3);
    const expectShape = async (wrong: Partial<ReportRun>, message: string): Promise<void> => {
      const promise = render({ ...run, ...wrong });
      await expect(promise).rejects.toThrow(ShapeError);
      await expect(promise).rejects.toThrow(message);
    };
    await expectShape({ truth: fullRun(9, 4).analysisMean }, "runs[0].truth: expected shape (9, 3), got (9, 4)");
    await expectShape({ times: new Float64Array(8) }, "runs[0].analysisMean: expected shape (8, any), got (9, 3)");
    await expectShape({ chi2: new Float64Array(8) }, "runs[0].chi2: expected 9 cycles, got 8");
    await expectShape({ fieldShape: [2, 2] }, "runs[0].fieldShape: expected 3 elements, got shape (2, 2)");
    await expectShape({ observedIndices: [0] }, "runs[0].observedIndices: expected 3 indices, got 1");
  });
});
