import { extent, linearAxis, timeAxis } from "../../report/axes.ts";
import type { Drawing } from "../../report/drawing.ts";
import type { Figure } from "../../report/html.ts";
import { formatNumber, formatTick } from "../../report/numbers.ts";
import type { TrainRun } from "../result.ts";
import type { Skill } from "../skill.ts";

/** Errors by lead time against persistence and climatology, with the valid time and its quartiles. */
export function skillFigure(run: TrainRun, skill: Skill, { Plot, draw }: Drawing): Figure | undefined {
  const { validTime, starts } = run.summary.skill ?? {};
  if (validTime === undefined) return undefined;
  const { lower = 0, median = 0, upper = 0 } = validTime;
  const { threshold } = run.training.evaluation;
  const series = [
    { values: skill.climatology, color: "var(--shade)", dash: "none" },
    { values: skill.persistence, color: "var(--forecast)", dash: "6,3" },
    { values: skill.rmse, color: "var(--analysis)", dash: "none" },
  ];
  const most = 1.15 * Math.max(extent(skill.persistence, skill.climatology)?.[1] ?? 1, threshold);
  const times = [0, ...skill.leadTimes];
  const shown = (values: Float64Array, first: number): { time: number; value: number }[] =>
    times.map((time, k) => {
      const value = k === 0 ? first : values[k - 1]!;
      return { time, value: value <= most ? value : Number.NaN };
    });
  const body = draw("Error by lead time", {
    height: 280,
    x: timeAxis(times, leadLabel(run)),
    y: linearAxis([0, most], "RMSE [climatological deviations]"),
    marks: [
      Plot.gridY({ ticks: 5, strokeOpacity: 0.12 }),
      Plot.rectX([0], { x1: lower, x2: upper, fill: "var(--analysis)", fillOpacity: 0.14 }),
      Plot.ruleX([median], { stroke: "var(--analysis)", strokeDasharray: "4,3" }),
      Plot.ruleY([threshold], { stroke: "var(--observation)", strokeDasharray: "2,3" }),
      ...series.map(({ values, color, dash }, i) =>
        Plot.lineY(shown(values, i === 0 ? values[0]! : 0), {
          x: "time",
          y: "value",
          stroke: color,
          strokeWidth: i === 2 ? 2 : 1.5,
          strokeDasharray: dash,
        }),
      ),
    ],
  });
  return {
    title: "Skill on unseen states",
    body,
    legend: [
      { label: "network", mark: "line", color: "var(--analysis)" },
      { label: "persistence", mark: "dash", color: "var(--forecast)" },
      { label: "climatology", mark: "line", color: "var(--shade)" },
      { label: "valid time: median and quartiles", mark: "band", color: "var(--analysis)" },
      { label: `threshold ${formatTick(threshold)}`, mark: "dash", color: "var(--observation)" },
    ],
    caption: `Root mean square over ${starts} starts of the test part of the error of rollouts, each variable in units of its climatological deviation; of the start itself (persistence), and of the mean of the training part (climatology). The valid time of a start is the lead time at which its own error first passes ${formatTick(threshold)}.`,
  };
}

/** Lead time, with the Lyapunov time where it is known. */
export function leadLabel({ summary: { skill } }: TrainRun): string {
  const exponent = skill?.lyapunovExponent;
  return exponent === undefined ? "lead time" : `lead time (one Lyapunov time: ${formatNumber(1 / exponent)})`;
}
