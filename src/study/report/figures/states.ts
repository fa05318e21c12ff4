import { extent, linearAxis, timeAxis } from "../axes.ts";
import { lastCycles } from "../bins.ts";
import type { Drawing } from "../drawing.ts";
import type { Figure, LegendEntry } from "../html.ts";
import type { ReportRun } from "../input.ts";

/** Up to three components of the state over the last cycles: truth, analysis with its band, forecast, observations. */
export function statesFigure(run: ReportRun, { Plot, draw }: Drawing): Figure | undefined {
  const cycles = run.times.length;
  const n = run.analysisMean.shape[1]!;
  if (cycles === 0 || n === 0) return undefined;
  const components = n <= 3 ? [0, 1, 2].slice(0, n) : [0, 1, 2].map((j) => Math.floor((j * n) / 3));
  const { start, end } = lastCycles(cycles, 120);
  const times = run.times.subarray(start, end);
  let observed = false;
  const plots = components.map((component, position) => {
    const column = (array: { data: Float64Array } | undefined): number[] =>
      array === undefined ? [] : Array.from(times, (_, k) => array.data[(start + k) * n + component]!);
    const [truth, forecast, analysis] = [run.truth, run.forecastMean, run.analysisMean].map(column);
    const deviation = column(run.spread);
    const low = deviation.map((sd, k) => analysis![k]! - 2 * sd);
    const high = deviation.map((sd, k) => analysis![k]! + 2 * sd);
    const points = observationsOf(run, component, start, end);
    observed ||= points.length > 0;
    const last = position === components.length - 1;
    const line = { x: times, clip: false } as const;
    return draw(`State component ${component} over time`, {
      height: last ? 192 : 172,
      marginBottom: last ? 38 : 18,
      x: { ...timeAxis(times, last ? "time" : null), ...(last ? {} : { tickFormat: () => "" }) },
      y: linearAxis(
        extent(
          truth!,
          forecast!,
          analysis!,
          low,
          high,
          points.map((point) => point.y),
        ) ?? [0, 1],
        `x[${component}]`,
      ),
      marks: [
        Plot.gridY({ ticks: 5, strokeOpacity: 0.12 }),
        Plot.areaY(deviation, { x: times, y1: low, y2: high, fill: "var(--analysis)", fillOpacity: 0.22 }),
        Plot.lineY(truth!, { ...line, stroke: "var(--truth)", strokeWidth: 4, strokeOpacity: 0.4 }),
        Plot.lineY(forecast!, { ...line, stroke: "var(--forecast)", strokeWidth: 1, strokeDasharray: "4,3" }),
        Plot.lineY(analysis!, { ...line, stroke: "var(--analysis)", strokeWidth: 1.5 }),
        Plot.dot(points, { x: "x", y: "y", r: times.length > 60 ? 1.7 : 2.4, fill: "var(--observation)" }),
        ...(cycles === 1
          ? singleCycle(Plot, times, { truth: truth!, forecast: forecast!, analysis: analysis!, low, high })
          : []),
      ],
    });
  });
  const legend: (LegendEntry | false)[] = [
    run.truth !== undefined && { label: "truth", mark: cycles === 1 ? "dot" : "thick", color: "var(--truth)" },
    { label: "analysis", mark: cycles === 1 ? "dot" : "line", color: "var(--analysis)" },
    run.spread !== undefined && { label: "± 2 standard deviations", mark: "band", color: "var(--analysis)" },
    { label: "forecast", mark: cycles === 1 ? "ring" : "dash", color: "var(--forecast)" },
    observed && { label: "observation", mark: "dot", color: "var(--observation)" },
  ];
  const which = n <= components.length ? "Every state component" : `State components ${components.join(", ")} of ${n}`;
  const when =
    start > 0
      ? `the last ${end - start} of ${cycles} cycles`
      : cycles === 1
        ? "the only cycle"
        : `all ${cycles} cycles`;
  return {
    title: "State",
    body: plots.join("\n"),
    legend: legend.filter((entry) => entry !== false),
    caption: `${which} at the analysis times of ${when} (components count from 0).${
      run.spread === undefined ? "" : " The truth should lie in the band about 95 % of the time."
    }`,
  };
}

function observationsOf(run: ReportRun, component: number, start: number, end: number): { x: number; y: number }[] {
  const { observations, observedIndices } = run;
  const points: { x: number; y: number }[] = [];
  if (observations === undefined || observedIndices === undefined) return points;
  const m = observations.shape[1]!;
  for (let j = 0; j < m; j++)
    for (let k = start; observedIndices[j] === component && k < end; k++) {
      const y = observations.data[k * m + j]!;
      if (Number.isFinite(y)) points.push({ x: run.times[k]!, y });
    }
  return points;
}

/** A line through one point is invisible. */
function singleCycle(
  Plot: Drawing["Plot"],
  x: Float64Array,
  values: Record<"truth" | "forecast" | "analysis" | "low" | "high", number[]>,
): (ReturnType<Drawing["Plot"]["dot"]> | ReturnType<Drawing["Plot"]["ruleX"]>)[] {
  const { truth, forecast, analysis, low, high } = values;
  const band = { stroke: "var(--analysis)", strokeWidth: 14, strokeOpacity: 0.22 };
  return [
    ...(low.length > 0 ? [Plot.ruleX(x, { y1: low, y2: high, ...band })] : []),
    Plot.dot(truth, { x, y: truth, r: 7, fill: "var(--truth)", fillOpacity: 0.4 }),
    Plot.dot(forecast, { x, y: forecast, r: 4, stroke: "var(--forecast)" }),
    Plot.dot(analysis, { x, y: analysis, r: 3, fill: "var(--analysis)" }),
  ];
}
