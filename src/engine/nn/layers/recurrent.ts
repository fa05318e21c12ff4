import { ShapeError } from "../../errors/index.ts";
import { full, scan, type Tensor } from "../../graph/index.ts";
import { shapeText } from "../../tensor/index.ts";
import { uniform } from "../initializers.ts";
import { checkSizes, expectExtent, type Layer } from "./layer.ts";

export interface RecurrentOptions {
  /** What is returned: the hidden states of all steps [N, T, hidden] (default), or of the last one [N, hidden]. */
  readonly output?: "sequence" | "last";
}

/** One step: `fromInput` [N, gates·hidden] is the input's share of the gates, biases included; the first carry is the hidden state. */
export type RecurrentCell = (
  fromInput: Tensor,
  carry: readonly Tensor[],
  weightHidden: Tensor,
  biasHidden: Tensor,
) => readonly Tensor[];

/** A loop over the sequence axis of [N, T, inputs] from carries of zeros; products with the inputs are done before it. */
export function recurrent(
  name: string,
  [inputs, hidden, gates, carries]: readonly [number, number, number, number],
  { output = "sequence" }: RecurrentOptions,
  cell: RecurrentCell,
): Layer {
  checkSizes(name, { inputs, hidden });
  const initialize = uniform(1 / Math.sqrt(hidden));
  return {
    name,
    parameters: [
      { name: "weight_ih", shape: [gates * hidden, inputs], initialize },
      { name: "weight_hh", shape: [gates * hidden, hidden], initialize },
      { name: "bias_ih", shape: [gates * hidden], initialize },
      { name: "bias_hh", shape: [gates * hidden], initialize },
    ],
    apply([weightInput, weightHidden, biasInput, biasHidden], x) {
      if (x.shape.length !== 3)
        throw new ShapeError(name, `expected a sequence [N, T, ${inputs}], got shape ${shapeText(x.shape)}`);
      expectExtent(name, x, 2, inputs);
      const fromInput = x.transpose([1, 0, 2]).matmul(weightInput!.transpose()).add(biasInput!);
      const across = weightHidden!.transpose();
      const start = Array.from({ length: carries }, () => full([x.shape[0]!, hidden], 0));
      const { carry, ys } = scan(
        (before, [row]) => {
          const after = cell(row!, before, across, biasHidden!);
          return { carry: after, ys: output === "sequence" ? [after[0]!] : [] };
        },
        start,
        [fromInput],
      );
      return output === "sequence" ? ys[0]!.transpose([1, 0, 2]) : carry[0]!;
    },
  };
}

/** The share of gate `index` of [N, gates·hidden]. */
export function gate(gates: Tensor, index: number, hidden: number): Tensor {
  return gates.slice([0, index * hidden], [undefined, (index + 1) * hidden]);
}
