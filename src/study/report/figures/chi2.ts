import { chi2Interval } from "../../../diagnostics/index.ts";
import { extent, linearAxis, logAxis, timeAxis } from "../axes.ts";
import { binNote, binSeries } from "../bins.ts";
import type { Drawing } from "../drawing.ts";
import type { Figure, LegendEntry } from "../html.ts";
import type { ReportRun } from "../input.ts";
import { formatNumber } from "../numbers.ts";
import { observationCounts } from "../series-data.ts";
import { burnInKey, burnInMark, ticksOf } from "./errors.ts";

/** The innovations' chi-square per observation over time, with the band in which 95 % of the cycles should lie. */
export function chi2Figure(run: ReportRun, { Plot, draw }: Drawing): Figure | undefined {
  const { chi2, observations } = run;
  const range = chi2 && extent(chi2);
  if (chi2 === undefined || range === undefined) return undefined;
  const counts = observations && observationCounts(observations);
  const known = new Map<number, [number, number]>();
  const interval = (count: number): [number, number] => {
    const rounded = Math.round(count);
    if (!(rounded > 0)) return [Number.NaN, Number.NaN];
    const found = known.get(rounded) ?? chi2Interval(rounded);
    known.set(rounded, found);
    return found;
  };
  const bins = binSeries(run.times, chi2);
  const bands = counts ? binSeries(run.times, counts).map((bin) => ({ time: bin.time, ends: interval(bin.mid) })) : [];
  const highest = extent(bands.map(({ ends }) => ends[1]))?.[1];
  const usual = Math.max(1, highest ?? 3);
  const top = Math.max(range[1], usual);
  const log = range[1] > 4 * usual;
  const floor = log ? Math.max(Math.min(range[0], 0.5), top / 1e5) : 0;
  const raised = (value: number): number => Math.max(value, floor);
  const axis = log
    ? logAxis([floor, top], "chi-square per observation")
    : linearAxis([0, top], "chi-square per observation");
  const thinned = bins.length < chi2.length;
  const body = draw("Innovation chi-square over time", {
    height: 220,
    x: timeAxis(run.times),
    y: axis,
    marks: [
      ...burnInMark(run, Plot),
      Plot.gridY({ ...(log ? { ticks: ticksOf(axis.ticks) } : { ticks: 5 }), strokeOpacity: 0.12 }),
      bands.length === 1
        ? Plot.ruleX(bands, {
            x: "time",
            y1: (d) => raised(d.ends[0]),
            y2: (d) => d.ends[1],
            stroke: "var(--observation)",
            strokeWidth: 40,
            strokeOpacity: 0.22,
          })
        : Plot.areaY(bands, {
            x: "time",
            y1: (d) => raised(d.ends[0]),
            y2: (d) => d.ends[1],
            fill: "var(--observation)",
            fillOpacity: 0.22,
          }),
      Plot.ruleY([1], { stroke: "var(--truth)", strokeDasharray: "5,3" }),
      thinned
        ? Plot.areaY(bins, {
            x: "time",
            y1: (d) => raised(d.low),
            y2: (d) => raised(d.high),
            fill: "var(--analysis)",
            fillOpacity: 0.18,
          })
        : Plot.dot(bins, { x: "time", y: (d) => raised(d.mid), r: 2.4, fill: "var(--analysis)" }),
      ...(thinned
        ? [Plot.lineY(bins, { x: "time", y: (d) => raised(d.mid), stroke: "var(--analysis)", strokeWidth: 1.5 })]
        : []),
    ],
  });
  const legend: (LegendEntry | false)[] = [
    { label: thinned ? "median" : "each cycle", mark: thinned ? "line" : "dot", color: "var(--analysis)" },
    thinned && { label: "smallest to largest", mark: "band", color: "var(--analysis)" },
    { label: "expected mean", mark: "dash", color: "var(--truth)" },
    highest !== undefined && { label: "95 % of the cycles if consistent", mark: "band", color: "var(--observation)" },
    ...burnInKey(run),
  ];
  return {
    title: "Innovation chi-square",
    body,
    legend: legend.filter((entry) => entry !== false),
    caption:
      "Squared innovations (observation minus forecast) in units of their assumed covariance, per observation: 1 on average if forecast " +
      `and observation errors are what the system takes them for, more if it is too sure of itself.${counts ? insideNote(run, chi2, counts, interval) : ""}` +
      (log && range[0] < floor ? " Values below the axis are drawn at its lower end." : "") +
      binNote(run.times.length),
  };
}

function insideNote(
  run: ReportRun,
  chi2: Float64Array,
  counts: Float64Array,
  interval: (count: number) => [number, number],
): string {
  let inside = 0;
  let all = 0;
  for (let k = Math.min(run.burnInCycles, chi2.length); k < chi2.length; k++) {
    const [low, high] = interval(counts[k]!);
    if (!Number.isFinite(chi2[k]!) || Number.isNaN(low)) continue;
    if (chi2[k]! >= low && chi2[k]! <= high) inside++;
    all++;
  }
  return all === 0
    ? ""
    : ` ${formatNumber(Math.round((1000 * inside) / all) / 10)} % of the scored cycles lie in the band.`;
}
