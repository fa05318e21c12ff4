import { ArgumentError } from "../../engine/errors/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Model } from "../../problem/models/index.ts";
import type { Operator } from "../../problem/operators/index.ts";
import type { Conformance } from "./checks.ts";
import { type CovarianceCheckOptions, checkCovariance } from "./covariance.ts";
import { checkModel, type ModelCheckOptions } from "./model.ts";
import { checkOperator, type OperatorCheckOptions } from "./operator.ts";

/** Options of the checks of every kind of part; each takes what concerns it. */
export interface ConformanceOptions extends CovarianceCheckOptions, OperatorCheckOptions, ModelCheckOptions {}

/**
 * Tries anybody's model, operator or covariance against everything that the library relies on: derivatives, symmetry, inverses,
 * consistency of their forms. In a test: `expect(result.passed, conformanceText(result)).toBe(true)`.
 * @throws ArgumentError for something that is none of these
 */
export async function checkConformance(
  part: Model | Operator | Covariance,
  options: ConformanceOptions = {},
): Promise<Conformance> {
  if ("applySqrt" in part) return checkCovariance(part, options);
  if ("advance" in part) return checkModel(part, options);
  if ("applyBatch" in part) return checkOperator(part, options);
  throw new ArgumentError("part", "expected a model, an operator or a covariance");
}
