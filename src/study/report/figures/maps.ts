import { escapeHtml, type Figure } from "../html.ts";
import { colorBar, colorRange, fieldPanels, pictureAddress, shrink } from "../images.ts";
import type { ReportRun } from "../input.ts";
import { formatNumber } from "../numbers.ts";

/** Pictures of a two-dimensional state after the last analysis: truth, analysis and error, a row for each field. */
export function mapsFigure(run: ReportRun): Figure | undefined {
  const shape = run.fieldShape ?? [];
  const cycles = run.times.length;
  if (shape.length < 2 || cycles === 0) return undefined;
  const [ny, nx] = [shape[shape.length - 2]!, shape[shape.length - 1]!];
  const fields = run.analysisMean.shape[1]! / (ny * nx);
  const panels = fieldPanels(run);
  const rows = Array.from({ length: Math.min(fields, 3) }, (_, field) => {
    const pictures = panels.map(({ values, diverging }) => {
      const flat = Float64Array.from({ length: ny * nx }, (_, i) => values(cycles - 1, field * ny * nx + i));
      return { diverging, picture: shrink(flat, nx, ny, 128) };
    });
    const cells = panels.map(({ name, diverging }, position) => {
      const range = colorRange(
        pictures.filter((each) => each.diverging === diverging).map((each) => each.picture.values),
        diverging,
      );
      const address = pictureAddress({ ...pictures[position]!.picture, range }, diverging);
      const label = fields > 1 ? `field ${field}: ${name}` : name;
      return (
        `<div class="map"><div>${escapeHtml(label)}</div><img src="${address}" alt="${escapeHtml(label)}" style="aspect-ratio:${nx}/${ny}">` +
        `${colorBar("", range, diverging)}</div>`
      );
    });
    return `<div class="maps">${cells.join("")}</div>`;
  });
  return {
    title: "Fields at the last analysis",
    body: rows.join("\n"),
    legend: [],
    caption:
      `The state on its grid of ${ny} rows and ${nx} columns (first row on top) at time ${formatNumber(run.times[cycles - 1]!)}` +
      `${fields > 3 ? `, the first 3 of ${fields} fields` : ""}. ` +
      `${run.truth === undefined ? "The increment is what the observations changed" : "Truth and analysis share their colours; white is no error"}.`,
  };
}
