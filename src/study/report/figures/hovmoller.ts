import { timeAxis } from "../axes.ts";
import { lastCycles } from "../bins.ts";
import { type Drawing, MARGIN, WIDTH } from "../drawing.ts";
import type { Figure } from "../html.ts";
import { colorBar, colorRange, fieldPanels, pictureAddress, shrink } from "../images.ts";
import type { ReportRun } from "../input.ts";
import { formatTick } from "../numbers.ts";

/** Time-space pictures of a state on a line or ring of at least 16 points: truth, analysis and error. */
export function hovmollerFigure(run: ReportRun, { Plot, draw }: Drawing): Figure | undefined {
  const n = run.analysisMean.shape[1]!;
  const cycles = run.times.length;
  if (run.fieldShape?.length !== 1 || n < 16 || cycles < 2) return undefined;
  const { start, end } = lastCycles(cycles, 200);
  const width = end - start;
  const panels = fieldPanels(run).map((panel) => {
    const values = new Float64Array(n * width);
    // Row 0 of a picture is on top, component 0 at the bottom.
    for (let i = 0; i < n; i++)
      for (let k = 0; k < width; k++) values[(n - 1 - i) * width + k] = panel.values(start + k, i);
    return { ...panel, picture: shrink(values, width, n, 256) };
  });
  const ranges = [false, true].map((diverging) =>
    colorRange(
      panels.filter((panel) => panel.diverging === diverging).map((panel) => panel.picture.values),
      diverging,
    ),
  );
  const times = run.times.subarray(start, end);
  const half = (times[width - 1]! - times[0]!) / (width - 1) / 2;
  const [left, right] = [times[0]! - half, times[width - 1]! + half];
  const bodies = panels.map(({ name, diverging, picture }, position) => {
    const last = position === panels.length - 1;
    const height = (last ? 20 : 0) + 146;
    const bottom = last ? MARGIN.bottom : MARGIN.bottom - 20;
    const range = ranges[diverging ? 1 : 0]!;
    return (
      colorBar(name, range, diverging) +
      draw(`${name} over time and space`, {
        height,
        marginTop: 8,
        marginBottom: bottom,
        x: { ...timeAxis([left, right], last ? "time" : null), ...(last ? {} : { tickFormat: () => "" }) },
        y: { domain: [0, n], label: null, ticks: 4, tickFormat: formatTick },
        marks: [
          Plot.image([0], {
            x: (left + right) / 2,
            y: n / 2,
            width: WIDTH - MARGIN.left - MARGIN.right,
            height: height - 8 - bottom,
            src: () => pictureAddress({ ...picture, range }, diverging),
            preserveAspectRatio: "none",
            imageRendering: "pixelated",
          }),
          Plot.frame({ strokeOpacity: 0.4 }),
        ],
      })
    );
  });
  return {
    title: "State over time and space",
    body: bodies.join("\n"),
    legend: [],
    caption:
      `The ${n} components (upwards) at the analysis times of ${start > 0 ? `the last ${width} of ${cycles}` : `all ${cycles}`} cycles. ` +
      `${run.truth === undefined ? "The increment is what the observations changed" : "Truth and analysis share their colours; white is no error"}.`,
  };
}
