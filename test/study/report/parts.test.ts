import { inflateSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logAxis, padded, positiveAxis } from "../../../src/study/report/axes.ts";
import { binSeries, MAX_POINTS } from "../../../src/study/report/bins.ts";
import { BLUE_RED, VIRIDIS } from "../../../src/study/report/colormap.ts";
import { escapeHtml } from "../../../src/study/report/html.ts";
import { shrink } from "../../../src/study/report/images.ts";
import { formatCount, formatNumber, formatTick, numberAt } from "../../../src/study/report/numbers.ts";
import { pngAddress } from "../../../src/study/report/png.ts";

describe("numbers as text", () => {
  it.each([
    [0, "0"],
    [12, "12"],
    [-0.18, "−0.180"],
    [1234.5, "1235"],
    [999.6, "1000"],
    [1e-9, "1.00 × 10⁻⁹"],
    [-123456, "−1.23 × 10⁵"],
    [Number.NaN, "–"],
    [Number.NEGATIVE_INFINITY, "−∞"],
  ])("%d is %s", (value, text) => expect(formatNumber(value)).toBe(text));

  it("keeps ticks short and counts readable", () => {
    expect([0.1 + 0.2, 1e6, -2e-5, 1500].map(formatTick)).toEqual(["0.3", "10⁶", "−2·10⁻⁵", "1500"]);
    expect(formatCount(1234567)).toBe("1\u2009234\u2009567");
  });

  it("finds finite numbers of a summary and nothing else", () => {
    const summary = { rmse: { analysis: 0.2, forecast: Number.NaN }, cost: "low" };
    expect(numberAt(summary, "rmse.analysis")).toBe(0.2);
    for (const path of ["rmse.forecast", "cost", "cost.length", "rmse.constructor", "a.b"])
      expect(numberAt(summary, path)).toBeUndefined();
  });
});

describe("escapeHtml", () => {
  it("leaves no character that could end a text or an attribute", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not come through
        expect(escapeHtml(text)).not.toMatch(/[<>"'\u0000]/);
      }),
    );
  });
});

describe("binSeries", () => {
  it("keeps short series and the extremes of long ones", () => {
    const times = Float64Array.from({ length: 100_000 }, (_, k) => k);
    const values = times.map((k) => (k === 77_777 ? 1e6 : k % 10));
    expect(binSeries(times.subarray(0, 3), [5, Number.NaN, 7])[1]!.mid).toBeNaN();
    const bins = binSeries(times, values);
    expect(bins.length).toBeLessThanOrEqual(MAX_POINTS);
    expect(Math.max(...bins.map((bin) => bin.high))).toBe(1e6);
    for (const bin of bins) {
      expect(bin.low).toBe(0);
      expect([4, 5]).toContain(bin.mid);
    }
  });
});

describe("axes", () => {
  it("give constant values some room", () => {
    expect(padded([5, 5])).toEqual([4.5, 5.5]);
    expect(padded([0, 0])).toEqual([-1, 1]);
    expect(padded([0.1 + 0.2, 0.3])[0]).toBeCloseTo(0.27, 12);
  });

  it("have at least two ticks over any positive range", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -100, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 40, noNaN: true }),
        (at, decades) => {
          const { ticks } = logAxis([10 ** at, 10 ** (at + decades)], "x");
          expect(Array.isArray(ticks) && ticks.length >= 2 && ticks.length <= 12).toBe(true);
        },
      ),
    );
  });

  it("are logarithmic for decades alone", () => {
    expect(positiveAxis([1, 20], "x").log).toBe(false);
    expect(positiveAxis([1, 40], "x").log).toBe(true);
    expect(positiveAxis([0, 40], "x").log).toBe(false);
  });
});

describe("pngAddress", () => {
  it("is a PNG with the right pixels", () => {
    const values = [0, 1, 2, Number.NaN, 5, -3];
    const address = pngAddress({ values, width: 3, height: 2, range: [0, 2] }, VIRIDIS);
    const bytes = Buffer.from(address.replace("data:image/png;base64,", ""), "base64");
    expect([...bytes.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([3, 2]);
    const at = bytes.indexOf("IDAT");
    const data = bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4));
    expect([...inflateSync(data)]).toEqual([0, 0, 127, 254, 0, 255, 254, 0]);
    // The check sum of the empty last chunk is the same in every PNG.
    expect(bytes.subarray(-4).toString("hex")).toBe("ae426082");
  });

  it("splits pictures larger than a block", () => {
    const values = new Float64Array(300 * 300).fill(1);
    const bytes = Buffer.from(
      pngAddress({ values, width: 300, height: 300, range: [0, 1] }, BLUE_RED).slice(22),
      "base64",
    );
    const at = bytes.indexOf("IDAT");
    expect(inflateSync(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4)))).toHaveLength(301 * 300);
  });

  it("averages pictures that are too large", () => {
    const small = shrink(
      Float64Array.from({ length: 15 }, (_, i) => i),
      5,
      3,
      3,
    ); // 5 × 3 to 3 × 3: blocks of 2 × 1
    expect(small).toEqual({ values: Float64Array.of(0.5, 2.5, 4, 5.5, 7.5, 9, 10.5, 12.5, 14), width: 3, height: 3 });
  });
});
