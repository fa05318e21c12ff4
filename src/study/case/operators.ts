import { ShapeError } from "../../engine/errors/index.ts";
import { shapeText } from "../../engine/tensor/index.ts";
import {
  everyOperator,
  identityOperator,
  indicesOperator,
  matrixOperator,
  networkOperator,
  type Operator,
  powerOperator,
} from "../../problem/operators/index.ts";
import type { OperatorConfig } from "../../problem/operators/operator.schema.ts";
import { operatorFromModule } from "./modules.ts";
import { normalizeOf } from "./normalize.ts";
import { at, type CaseTools } from "./tools.ts";

/**
 * The observation operator that a case describes, on states like `state`.
 * @throws CaseError at `place`
 */
export function makeOperator(
  config: OperatorConfig,
  state: { readonly values: Float64Array; readonly shape: readonly number[] },
  tools: CaseTools,
  place: string,
): Promise<Operator> {
  const n = state.values.length;
  return at(place, async () => {
    switch (config.name) {
      case "identity":
        return identityOperator(n);
      case "indices":
        return indicesOperator(n, config.indices);
      case "every":
        return everyOperator(n, config.step, config.offset);
      case "power":
        return powerOperator(n, config.exponent);
      case "matrix": {
        const H = await tools.array(config.file, place);
        if (H.shape.length !== 2 || H.shape[1] !== n || H.shape[0] === 0)
          throw new ShapeError(
            place,
            `expected "${config.file}" to have shape (observations, ${n}), as the state has ${n} variables, got ${shapeText(H.shape)}`,
          );
        return matrixOperator(H, place);
      }
      case "onnx":
        return networkOperator(
          await tools.network(config.file, `${place}.file`),
          state.shape,
          await normalizeOf(config.normalize, tools, `${place}.normalize`),
        );
      case "module":
        return operatorFromModule(
          await tools.module(config.file, config.export, place),
          `${config.file}: ${config.export}`,
          place,
          state.values,
        );
    }
  });
}
