import { extent, linearAxis } from "../../report/axes.ts";
import { type Drawing, WIDTH } from "../../report/drawing.ts";
import type { Figure } from "../../report/html.ts";
import type { Fit } from "../fit.ts";

/** What the network makes of test samples against their targets, for up to two of the targets' elements. */
export function scatterFigure({ example: { prediction, truth } }: Fit, { Plot, draw }: Drawing): Figure {
  const [samples = 0, n = 0] = truth.shape;
  const components = n === 1 ? [0] : [0, Math.floor(n / 2)];
  const plots = components.map((component) => {
    const points = Array.from({ length: samples }, (_, k) => ({
      target: truth.data[k * n + component]!,
      output: prediction.data[k * n + component]!,
    }));
    const range = extent(points.map(({ target }) => target)) ?? [0, 1];
    const outputs = extent(points.map(({ output }) => output)) ?? range;
    const both = [Math.min(range[0], outputs[0]), Math.max(range[1], outputs[1])] as const;
    return draw(`Output ${component} of the network against its target`, {
      width: WIDTH / 2,
      height: 300,
      x: linearAxis(both, `target y[${component}]`),
      y: linearAxis(both, `network y[${component}]`),
      marks: [
        Plot.gridY({ ticks: 5, strokeOpacity: 0.12 }),
        Plot.line([both[0], both[1]], { x: (v: number) => v, y: (v: number) => v, stroke: "var(--shade)" }),
        Plot.dot(points, { x: "target", y: "output", r: 1.8, fill: "var(--analysis)", fillOpacity: 0.6 }),
      ],
    });
  });
  return {
    title: "Outputs on unseen samples",
    body: `<div class="pair">${plots.join("")}</div>`,
    legend: [
      { label: "test sample", mark: "dot", color: "var(--analysis)" },
      { label: "output = target", mark: "line", color: "var(--shade)" },
    ],
    caption: `${samples} samples of the test part; ${n === 1 ? "the only element" : `elements ${components.join(" and ")} of ${n}`} of the targets.`,
  };
}
