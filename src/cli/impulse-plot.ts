const heights = "▁▂▃▄▅▆▇█";
const shades = "·░▒▓█";

/**
 * A picture in text of what one observation would move: of a line a row of bars (and one of those below zero), of a grid a shade for
 * each point. Wider ones show what is around the impulse.
 * @param shape of the state; the last two axes are the picture's
 */
export function impulsePlot(response: Float64Array, index: number, shape: readonly number[], columns: number): string {
  const most = response.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  if (most === 0) return "  (nothing: it is known exactly)\n";
  const width = shape.at(-1)!;
  const rows = shape.length < 2 ? 1 : shape.at(-2)!;
  const field = Math.floor(index / (width * rows)) * width * rows;
  const [row, column] = [Math.floor((index - field) / width), (index - field) % width];
  const xs = around(column, width, Math.max(8, columns - 4));
  const part = (y: number): number[] => xs.map((x) => response[field + y * width + x]! / most);
  if (rows === 1) return bars(part(0));
  const lines = around(row, rows, 40).map((y) => part(y).map(shade).join(""));
  return `${lines.map((line) => `  ${line}`.trimEnd()).join("\n")}\n`;
}

/** The positions that fit, with the given one in the middle. */
function around(centre: number, extent: number, room: number): number[] {
  const first = Math.max(0, Math.min(extent - room, centre - Math.floor(room / 2)));
  return Array.from({ length: Math.min(extent, room) }, (_, k) => first + k);
}

function bars(values: readonly number[]): string {
  const bar = (value: number): string =>
    value < 1 / 16 ? " " : heights[Math.min(heights.length - 1, Math.floor(value * heights.length))]!;
  const above = `  ${values.map(bar).join("")}`.trimEnd();
  const below = `  ${values.map((value) => bar(-value)).join("")}`.trimEnd();
  return below === "" ? `${above}\n` : `${above}\n${below}  below zero\n`;
}

function shade(value: number): string {
  if (value < -1 / 16) return "-";
  return value < 1 / 16 ? " " : shades[Math.min(shades.length - 1, Math.floor(value * shades.length))]!;
}
