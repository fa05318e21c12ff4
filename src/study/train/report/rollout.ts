import { extent, linearAxis, timeAxis } from "../../report/axes.ts";
import type { Drawing } from "../../report/drawing.ts";
import type { Figure } from "../../report/html.ts";
import { formatNumber } from "../../report/numbers.ts";
import type { TrainRun } from "../result.ts";
import type { Skill } from "../skill.ts";
import { leadLabel } from "./skill.ts";

/** Up to three variables of the rollout whose valid time is the median, against the truth. */
export function rolloutFigure(run: TrainRun, { example, leadTimes }: Skill, { Plot, draw }: Drawing): Figure {
  const { prediction, truth, validTime } = example;
  const n = truth.shape[1]!;
  const components = n <= 3 ? [0, 1, 2].slice(0, n) : [0, 1, 2].map((j) => Math.floor((j * n) / 3));
  const times = Float64Array.of(0, ...leadTimes);
  const plots = components.map((component, position) => {
    const column = (values: Float64Array): number[] => Array.from(times, (_, k) => values[k * n + component]!);
    const [own, other] = [column(truth.data), column(prediction.data)];
    const [low, high] = extent(own) ?? [0, 1];
    // A rollout that leaves the attractor would flatten everything else.
    const reach = 0.5 * (high - low) + 1e-12;
    const shown = other.map((value) => (value > low - reach && value < high + reach ? value : Number.NaN));
    const last = position === components.length - 1;
    return draw(`Variable ${component} of a rollout and of the truth`, {
      height: last ? 192 : 172,
      marginBottom: last ? 38 : 18,
      x: { ...timeAxis(times, last ? leadLabel(run) : null), ...(last ? {} : { tickFormat: () => "" }) },
      y: linearAxis(extent(own, shown) ?? [0, 1], `x[${component}]`),
      marks: [
        Plot.gridY({ ticks: 5, strokeOpacity: 0.12 }),
        Plot.ruleX([validTime], { stroke: "var(--analysis)", strokeDasharray: "4,3" }),
        Plot.lineY(own, { x: times, stroke: "var(--truth)", strokeWidth: 4, strokeOpacity: 0.4 }),
        Plot.lineY(shown, { x: times, stroke: "var(--analysis)", strokeWidth: 1.5 }),
      ],
    });
  });
  return {
    title: "A rollout",
    body: plots.join("\n"),
    legend: [
      { label: "truth", mark: "thick", color: "var(--truth)" },
      { label: "network, from the true state at 0", mark: "line", color: "var(--analysis)" },
      { label: "its valid time", mark: "dash", color: "var(--analysis)" },
    ],
    caption: `${n <= 3 ? "Every variable" : `Variables ${components.join(", ")} of ${n}`} of the rollout whose valid time, ${formatNumber(validTime)}, is the median (variables count from 0).`,
  };
}
