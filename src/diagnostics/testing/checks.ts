/** One identity that was tried. */
export interface Check {
  readonly name: string;
  /** Relative difference of what should be equal, or what the remark says. */
  readonly error: number;
  /** The largest error that passes. */
  readonly tolerance: number;
  readonly passed: boolean;
  /** What it was, where the name doesn't say; why it failed. */
  readonly remark: string;
}

/** All checks of a part of a problem. */
export interface Conformance {
  /** What it is: `covariance "spectral"`. */
  readonly subject: string;
  readonly checks: readonly Check[];
  readonly passed: boolean;
}

/** An error against its tolerance; NaN fails. */
export function compared(name: string, error: number, tolerance: number, remark = ""): Check {
  return { name, error, tolerance, passed: error <= tolerance, remark };
}

/** A check that something holds at all. */
export function holds(name: string, passed: boolean, remark = ""): Check {
  return { name, error: passed ? 0 : 1, tolerance: 0, passed, remark };
}

/** The checks of a subject together. */
export function conformance(subject: string, checks: readonly Check[]): Conformance {
  return { subject, checks, passed: checks.every(({ passed }) => passed) };
}

/** A table of checks for people, the failed ones marked; a line each. */
export function conformanceText(results: Conformance | readonly Conformance[]): string {
  const all = "checks" in results ? [results] : results;
  const width = Math.max(0, ...all.flatMap(({ checks }) => checks.map(({ name }) => name.length)));
  const line = ({ name, error, tolerance, passed, remark }: Check): string => {
    const numbers = tolerance === 0 ? "" : `${small(error)} (at most ${small(tolerance)})`;
    const tail = [numbers, remark].filter((text) => text !== "").join("; ");
    return `  ${passed ? "passed" : "FAILED"}  ${name.padEnd(width)}  ${tail}`.trimEnd();
  };
  const block = ({ subject, checks }: Conformance): string => [subject, ...checks.map(line)].join("\n");
  return `${all.map(block).join("\n\n")}\n`;
}

function small(value: number): string {
  return value === 0 ? "0" : value.toExponential(1);
}
