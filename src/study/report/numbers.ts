/** Numbers as text and numbers out of a summary. */

const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Three significant digits with a true minus sign; powers of ten beyond 10⁵ and below 10⁻³. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === 0) return "0";
  if (Number.isInteger(value) && size < 1e5) return sign + String(size);
  if (size >= 1e-3 && size < 99_950) return sign + (size >= 999.5 ? size.toFixed(0) : size.toPrecision(3));
  const [digits, exponent] = size.toExponential(2).split("e");
  return `${sign}${digits} × ${powerOfTen(Number(exponent))}`;
}

/** A half-width with two significant digits. */
export function formatMargin(value: number): string {
  return value >= 1e-3 && value < 99.5 ? value.toPrecision(2) : formatNumber(value);
}

/** A whole number with thin spaces between thousands. */
export function formatCount(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

/** `10⁻³`. */
export function powerOfTen(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPT[Number(digit)]).join("");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}

/** A short label for a tick: no padding zeros, powers of ten for the very large and small. */
export function formatTick(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  const sign = value < 0 ? "−" : "";
  if (size >= 1e-3 && size < 1e5) return sign + String(Number(size.toPrecision(6)));
  const [digits, exponent] = size.toExponential(4).split("e");
  const mantissa = String(Number(digits));
  return sign + (mantissa === "1" ? "" : `${mantissa}·`) + powerOfTen(Number(exponent));
}

/** The entry of a nested object at a path like `rmse.analysis`, whatever it is. */
export function valueAt(summary: Record<string, unknown>, path: string): unknown {
  let level: unknown = summary;
  for (const key of path.split(".")) {
    if (typeof level !== "object" || level === null || !Object.hasOwn(level, key)) return undefined;
    level = Object.entries(level).find(([name]) => name === key)?.[1];
  }
  return level;
}

/** The finite number at a path, or undefined. */
export function numberAt(summary: Record<string, unknown>, path: string): number | undefined {
  const value = valueAt(summary, path);
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** The text or number at a path as text, or undefined. */
export function textAt(summary: Record<string, unknown>, path: string): string | undefined {
  const value = valueAt(summary, path);
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}
