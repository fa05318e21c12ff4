/**
 * A copy of a case with every path of a file changed: the values of all keys `file`.
 */
export function mapPaths(value: unknown, change: (file: string) => string): unknown {
  if (Array.isArray(value)) return value.map((entry) => mapPaths(entry, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      key === "file" && typeof entry === "string" ? change(entry) : mapPaths(entry, change),
    ]),
  );
}
