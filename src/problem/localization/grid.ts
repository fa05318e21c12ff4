import { ArgumentError, ShapeError } from "../../engine/errors/index.ts";
import { sizeOf } from "../../engine/tensor/index.ts";
import type { Domain } from "./domain.ts";
import { placesDomain } from "./places.ts";

export interface GridDomainOptions {
  /** Points along each axis; the last one varies fastest in the state. */
  readonly shape: readonly number[];
  /** Which axes begin again at their end; one answer for all, or one each. None by default. */
  readonly periodic?: boolean | readonly boolean[];
  /** Distance of neighbouring points, for all axes or for each; 1 by default: distances are in grid points. */
  readonly spacing?: number | readonly number[];
  /** How many fields of this grid a state holds one after another; their values at a point have one place. 1 by default. */
  readonly fields?: number;
}

/**
 * Variables on the points of a regular grid of any number of axes, Euclidean distances.
 * @throws ShapeError for a list of another length than shape; ArgumentError for extents, spacings or fields out of range
 */
export function gridDomain(options: GridDomainOptions): Domain {
  const { shape, fields = 1 } = options;
  for (const extent of [...shape, fields])
    if (!Number.isSafeInteger(extent) || extent < 1)
      throw new ArgumentError("shape", `expected positive integers, got ${extent}`);
  if (shape.length === 0) throw new ShapeError("shape", "expected at least one axis, got none");
  const axes = shape.length;
  const periodic = perAxis(options.periodic ?? false, axes, "periodic");
  const spacing = perAxis(options.spacing ?? 1, axes, "spacing");
  for (const step of spacing)
    if (!(step > 0 && step < Number.POSITIVE_INFINITY))
      throw new ArgumentError("spacing", `expected positive numbers, got ${step}`);
  const points = sizeOf(shape);
  const data = new Float64Array(points * axes * fields);
  for (let point = 0; point < points; point++) {
    let rest = point;
    for (let axis = axes - 1; axis >= 0; axis--) {
      data[point * axes + axis] = (rest % shape[axis]!) * spacing[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
  }
  for (let field = 1; field < fields; field++) data.copyWithin(field * points * axes, 0, points * axes);
  const domain = placesDomain({
    places: { data, shape: [points * fields, axes] },
    periods: shape.map((extent, axis) => (periodic[axis] ? extent * spacing[axis]! : Number.POSITIVE_INFINITY)),
  });
  return Object.freeze({ ...domain, name: "grid", grid: { shape: [...shape], periodic } });
}

/** Variables on a line, at distances of `spacing`. */
export function lineDomain(size: number, spacing = 1): Domain {
  return Object.freeze({ ...gridDomain({ shape: [size], spacing }), name: "line" });
}

/** Variables on a ring; the distance is the shorter way round. */
export function ringDomain(size: number, spacing = 1): Domain {
  return Object.freeze({ ...gridDomain({ shape: [size], periodic: true, spacing }), name: "ring" });
}

function perAxis<T extends number | boolean>(value: T | readonly T[], axes: number, place: string): readonly T[] {
  if (typeof value !== "object") return new Array<T>(axes).fill(value);
  if (value.length !== axes)
    throw new ShapeError(place, `expected one for all axes or ${axes} of them, got ${value.length}`);
  return value;
}
