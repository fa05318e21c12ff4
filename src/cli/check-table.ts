import type { DerivativeTests } from "../diagnostics/testing/index.ts";
import { type OnnxModel, openShape } from "../engine/onnx/index.ts";
import { type NdArray, shapeText } from "../engine/tensor/index.ts";
import type { Style } from "./style.ts";

export interface Checked {
  readonly file: string;
  readonly model: OnnxModel;
  readonly inputs: readonly NdArray[];
  readonly outputs: readonly NdArray[];
  readonly finite: boolean;
  /** Undefined where there is nothing to differentiate. */
  readonly tests: DerivativeTests | undefined;
  readonly dtype: string;
}

/** What a network is and how its derivatives did, for people. */
export function checkTable({ file, model, inputs, outputs, finite, tests, dtype }: Checked, paint: Style): string {
  const { bold, dim, red, green } = paint;
  const lines = [bold(clean(file))];
  const line = (name: string, text: string): void => {
    lines.push(`  ${dim(name.padEnd(14))}${text}`);
  };
  const verdict = (passed: boolean): string => (passed ? green("passed") : red("FAILED"));
  line("format", `opset ${model.opset}${model.producer === "" ? "" : `, written by ${clean(model.producer)}`}`);
  model.inputs.forEach(({ name, type, shape }, i) => {
    line(
      i === 0 ? "inputs" : "",
      `${clean(name)}: ${type} ${clean(openShape(shape))}, here ${shapeText(inputs[i]!.shape)}`,
    );
  });
  model.outputs.forEach(({ name, type }, i) => {
    line(i === 0 ? "outputs" : "", `${clean(name)}: ${type} ${shapeText(outputs[i]!.shape)}`);
  });
  line("parameters", String(model.parameters));
  line("operators", [...model.operators].map(([name, count]) => `${clean(name)} ${count}`).join(", "));
  line("computed in", dtype);
  if (!finite) line("output", `${red("FAILED")}: it holds numbers that are not finite`);
  if (tests === undefined) {
    if (finite) line("derivatives", "none: no floating input reaches a floating output");
    return `${lines.join("\n")}\n`;
  }
  const { tangent, adjoint, taylor } = tests;
  line(
    "tangent",
    `${verdict(tangent.passed)}  ${small(tangent.error)} from central differences with step ${small(tangent.step)} (at most ${small(tangent.tolerance)})`,
  );
  line(
    "adjoint",
    `${verdict(adjoint.passed)}  ⟨Ju, v⟩ = ${adjoint.left.toPrecision(15)}, ⟨u, Jᵀv⟩ = ${adjoint.right.toPrecision(15)}, relative difference ${small(adjoint.error)} (at most ${small(adjoint.tolerance)})`,
  );
  line(
    "Taylor",
    `${verdict(taylor.passed)}  |F(x + hu) − F(x) − h Ju|${taylor.remark === "" ? "" : `; ${taylor.remark}`}`,
  );
  line("", dim("h         remainder   order"));
  for (const { step, remainder, order, rounding } of taylor.rows)
    line(
      "",
      `${small(step).padEnd(10)}${small(remainder).padEnd(12)}${order?.toFixed(2) ?? (rounding ? "rounding" : "")}`,
    );
  return `${lines.join("\n")}\n`;
}

function small(value: number): string {
  return value === 0 ? "0" : value.toExponential(1);
}

/** A name from a file without the control characters that terminals obey. */
function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, "?");
}
