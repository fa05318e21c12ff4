import type { Kernel } from "../kernel/ir.ts";

/** Operations on elements from which a call of WebAssembly costs less than it gains. */
const WORTHWHILE = 64;
/** Length of the innermost loop from which pairs of elements pay. */
const LONG = 6;

/** Which loop nests become WebAssembly: none, those that gain by it, or (for tests) all. */
export type Vectors = "never" | "worthwhile" | "always";

/** Whether a kernel becomes vectors. */
export function isTaken({ loop, segments }: Kernel, vectors: Vectors): boolean {
  if (loop.length === 0 || loop.includes(0) || vectors === "never") return false;
  if (vectors === "always") return true;
  const outer = loop.slice(0, -1).reduce((a, b) => a * b, 1);
  let operations = 0;
  let longest = 0;
  for (const { from, to, statements, looped } of segments) {
    operations += outer * (to - from) * statements.length;
    if (looped) longest = Math.max(longest, to - from);
  }
  return longest >= LONG && operations >= WORTHWHILE;
}
