import { CapabilityError, ShapeError } from "../../engine/errors/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Climatology, Problem } from "../method.ts";

/** A covariance, or the climatological one times a factor. */
export type CovarianceChoice = Covariance | { readonly climatological: number };

/**
 * The covariance that a choice means in a problem.
 * @throws CapabilityError when the problem has no climatology; ShapeError for a covariance of another size
 */
export async function chosenCovariance(
  method: string,
  choice: CovarianceChoice,
  problem: Problem,
): Promise<Covariance> {
  if (!("climatological" in choice)) {
    if (choice.size !== problem.model.size)
      throw new ShapeError(
        `${method}: covariance`,
        `expected size ${problem.model.size}, as the model has, got ${choice.size}`,
      );
    return choice;
  }
  const { covariance } = await climatologyOf(method, problem);
  return covariance.scaled(choice.climatological);
}

/**
 * The problem's climatology.
 * @throws CapabilityError when there is none
 */
export function climatologyOf(method: string, problem: Problem): Promise<Climatology> {
  if (problem.climatology === undefined)
    throw new CapabilityError(method, "needs the climatology of the model, but the problem has none");
  return problem.climatology();
}
