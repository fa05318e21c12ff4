import { CaseError } from "../../engine/errors/index.ts";
import { sizeOf } from "../../engine/tensor/index.ts";
import type { GridOptions } from "../../problem/covariance/index.ts";
import type { DomainConfig } from "../../problem/localization/domain.schema.ts";
import { type Domain, gridDomain, lineDomain, ringDomain } from "../../problem/localization/index.ts";

/** The grid of a domain of n components and how many fields of it they are. */
export interface CaseGrid extends GridOptions {
  readonly fields: number;
}

/**
 * The grid that a case describes.
 * @throws CaseError for a grid that doesn't fit the n components
 */
export function makeGrid(config: DomainConfig, n: number, place: string): CaseGrid {
  if (config.name !== "grid") return { shape: [n], periodic: config.name === "ring", fields: 1 };
  const { shape, periodic } = config;
  const fields = n / sizeOf(shape);
  if (!Number.isInteger(fields))
    throw new CaseError(
      `${place}.shape`,
      `expected a grid whose points divide the ${n} ${place.startsWith("method.localization") ? "variables of the state" : "components"}, got ${shape.join(" x ")}`,
    );
  if (typeof periodic !== "boolean" && periodic.length !== shape.length)
    throw new CaseError(
      `${place}.periodic`,
      `expected one for all axes or ${shape.length} of them, got ${periodic.length}`,
    );
  return { shape, periodic, fields };
}

/**
 * The domain that a case describes.
 * @throws CaseError for a grid that doesn't fit the n components
 */
export function makeDomain(config: DomainConfig, n: number, place: string): Domain {
  if (config.name === "ring") return ringDomain(n);
  if (config.name === "line") return lineDomain(n);
  return gridDomain(makeGrid(config, n, place));
}
