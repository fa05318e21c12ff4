/** Names and keys that the format has, but this version hasn't: they are refused with a better reason than a typing error. */
const later: ReadonlySet<string> = new Set([
  // minimisers
  "gauss-newton",
  "cg",
]);

/** Whether a name or key comes in a later version. */
export function comesLater(name: string): boolean {
  return later.has(name);
}
