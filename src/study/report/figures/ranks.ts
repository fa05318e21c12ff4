import { rankFlatness } from "../../../diagnostics/index.ts";
import { linearAxis } from "../axes.ts";
import type { Drawing } from "../drawing.ts";
import type { Figure } from "../html.ts";
import type { ReportRun } from "../input.ts";
import { formatCount, formatNumber, formatTick } from "../numbers.ts";

const MAX_BARS = 50;

/** The rank histogram with its flat line and the band of chance. */
export function ranksFigure(run: ReportRun, { Plot, draw }: Drawing): Figure | undefined {
  const counts = Array.from(run.rankHistogram ?? []);
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (counts.length < 2 || !(total > 0)) return undefined;
  const width = Math.ceil(counts.length / MAX_BARS);
  const bars: { x1: number; x2: number; share: number }[] = [];
  for (let start = 0; start < counts.length; start += width) {
    const end = Math.min(start + width, counts.length);
    const sum = counts.slice(start, end).reduce((a, b) => a + b, 0);
    // The last group may be narrower: heights are counts per rank, so that flat stays flat.
    bars.push({ x1: start, x2: end, share: sum / (end - start) });
  }
  const flat = total / counts.length;
  const p = width / counts.length;
  const half = (1.96 * Math.sqrt(total * p * (1 - p))) / width;
  const top = Math.max(flat + half, ...bars.map((bar) => bar.share));
  const { pValue } = rankFlatness(counts);
  const body = draw("Rank histogram", {
    height: 220,
    x: {
      label: "members below the truth",
      domain: [0, counts.length],
      ticks: rankTicks(counts.length).map((rank) => rank + 0.5),
      tickFormat: (position: number) => formatTick(Math.floor(position)),
      labelArrow: "none",
    },
    y: linearAxis([0, top], width === 1 ? "cases" : "cases per rank"),
    marks: [
      Plot.gridY({ ticks: 5, strokeOpacity: 0.12 }),
      Plot.rectY(bars, { x1: "x1", x2: "x2", y: "share", fill: "var(--analysis)", fillOpacity: 0.75, inset: 0.5 }),
      Plot.rectY([0], {
        x1: 0,
        x2: counts.length,
        y1: Math.max(0, flat - half),
        y2: flat + half,
        fill: "var(--forecast)",
        fillOpacity: 0.3,
      }),
      Plot.ruleY([flat], { stroke: "var(--forecast)", strokeWidth: 1.5 }),
      Plot.ruleY([0]),
    ],
  });
  return {
    title: "Rank histogram",
    body,
    legend: [
      {
        label: width === 1 ? "cases" : `cases per rank, in groups of ${width}`,
        mark: "bar",
        color: "var(--analysis)",
      },
      { label: "flat", mark: "line", color: "var(--forecast)" },
      { label: "95 % of the bars if flat", mark: "band", color: "var(--forecast)" },
    ],
    caption:
      `How many of the ${counts.length - 1} members lie below the truth, counted over ${formatCount(total)} cases. Flat: reliable; a valley: ` +
      "too little spread; a hill: too much; a slope: bias. " +
      `Chi-square test for flatness: p ${pValue < 1e-6 ? "< 10⁻⁶" : `= ${formatNumber(pValue)}`}, for independent cases; correlated ones (neighbouring variables, successive cycles) scatter more.`,
  };
}

function rankTicks(count: number): number[] {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find((each) => count / each <= 14) ?? count;
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);
}
