import type { NdArray } from "../../../engine/tensor/index.ts";
import { extent, linearAxis, logAxis } from "../axes.ts";
import { type Drawing, WIDTH } from "../drawing.ts";
import type { Figure } from "../html.ts";
import type { ReportRun } from "../input.ts";
import { formatTick } from "../numbers.ts";
import { ticksOf } from "./errors.ts";

interface Iteration {
  readonly iteration: number;
  readonly J: number;
  readonly Jb: number;
  readonly Jo: number;
  readonly gradient: number;
}

/** Cost and gradient norm per iteration of the first, the middle and the last window. */
export function costFigure(run: ReportRun, drawing: Drawing): Figure | undefined {
  if (run.cost === undefined) return undefined;
  const windows = [...byWindow(run.cost)].filter(([, rows]) => extent(rows.map((row) => row.J)) !== undefined);
  if (windows.length === 0) return undefined;
  const chosen = new Set([0, Math.floor((windows.length - 1) / 2), windows.length - 1]);
  const bodies = [...chosen].map((position) => {
    const [window, rows] = windows[position]!;
    const heading = windows.length === 1 ? "" : `<h4>Window ${window}</h4>`;
    return `${heading}<div class="pair">${costPlot(rows, drawing)}${gradientPlot(rows, drawing)}</div>`;
  });
  const which =
    windows.length === 1
      ? ""
      : windows.length <= 3
        ? " of each window"
        : ` of the first, the middle and the last of ${windows.length} windows`;
  return {
    title: "Minimisation",
    body: bodies.join("\n"),
    legend: [
      { label: "J = Jb + Jo", mark: "line", color: "var(--analysis)" },
      { label: "Jb, distance to the background", mark: "dash", color: "var(--forecast)" },
      { label: "Jo, distance to the observations", mark: "dash", color: "var(--observation)" },
      { label: "gradient norm", mark: "line", color: "var(--truth)" },
    ],
    caption: `Cost function and norm of its gradient per iteration${which}. On logarithmic axes values of 0 (Jb at the background) are not drawn.`,
  };
}

function byWindow(cost: NdArray): Map<number, Iteration[]> {
  const windows = new Map<number, Iteration[]>();
  for (let at = 0; at + 5 < cost.data.length; at += 6) {
    const row = (column: number): number => cost.data[at + column]!;
    const rows = windows.get(row(0)) ?? [];
    rows.push({ iteration: row(1), J: row(2), Jb: row(3), Jo: row(4), gradient: row(5) });
    windows.set(row(0), rows);
  }
  return windows;
}

function costPlot(rows: readonly Iteration[], drawing: Drawing): string {
  const lines = [
    { key: "Jb", color: "var(--forecast)", dash: "4,3" },
    { key: "Jo", color: "var(--observation)", dash: "4,3" },
    { key: "J", color: "var(--analysis)", dash: "none" },
  ] as const;
  return iterationPlot(rows, lines, "cost", "Cost per iteration", drawing);
}

function gradientPlot(rows: readonly Iteration[], drawing: Drawing): string {
  const lines = [{ key: "gradient", color: "var(--truth)", dash: "none" }] as const;
  return iterationPlot(rows, lines, "gradient norm", "Gradient norm per iteration", drawing);
}

function iterationPlot(
  rows: readonly Iteration[],
  lines: readonly { key: keyof Iteration; color: string; dash: string }[],
  name: string,
  label: string,
  { Plot, draw }: Drawing,
): string {
  const all = lines.flatMap(({ key }) => rows.map((row) => row[key]));
  const positive = extent(all.filter((value) => value > 0));
  const log = positive !== undefined && !all.some((value) => value < 0);
  const axis = log ? logAxis(clipped(positive), name) : linearAxis(extent(all) ?? [0, 1], name);
  const floor = log ? clipped(positive)[0] : Number.NEGATIVE_INFINITY;
  const iterations = extent(rows.map((row) => row.iteration)) ?? [0, 1];
  const domain = iterations[0] === iterations[1] ? [iterations[0] - 0.5, iterations[1] + 0.5] : iterations;
  const shown = (row: Iteration, key: keyof Iteration): number => (row[key] >= floor ? row[key] : Number.NaN);
  const few = rows.length <= 40;
  return draw(label, {
    width: WIDTH / 2,
    height: 210,
    x: { label: "iteration", domain, ticks: iterationTicks(iterations), tickFormat: formatTick, labelArrow: "none" },
    y: axis,
    marks: [
      Plot.gridY({ ...(log ? { ticks: ticksOf(axis.ticks) } : { ticks: 5 }), strokeOpacity: 0.12 }),
      ...lines.flatMap(({ key, color, dash }) => [
        Plot.lineY(thin(rows), {
          x: "iteration",
          y: (row) => shown(row, key),
          stroke: color,
          strokeWidth: 1.5,
          strokeDasharray: dash,
        }),
        ...(few
          ? [Plot.dot(rows, { x: "iteration", y: (row) => shown(row, key), r: rows.length === 1 ? 4 : 2, fill: color })]
          : []),
      ]),
    ],
  });
}

/** Not more than twelve decades below the largest value: below that it is rounding. */
function clipped([low, high]: readonly [number, number]): [number, number] {
  return [Math.max(low, high * 1e-14), high];
}

/** Whole numbers, at most eight. */
function iterationTicks([low, high]: readonly [number, number]): number[] {
  const step =
    [1, 2, 5]
      .flatMap((digit) => [0, 1, 2, 3, 4, 5].map((power) => digit * 10 ** power))
      .sort((a, b) => a - b)
      .find((each) => (high - low) / each <= 7) ?? high - low;
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.floor((high - first) / step) + 1 }, (_, i) => first + i * step);
}

/** At most about 500 iterations, the last one always. */
function thin(rows: readonly Iteration[]): Iteration[] {
  const stride = Math.ceil(rows.length / 500);
  return rows.filter((_, i) => i % stride === 0 || i === rows.length - 1);
}
