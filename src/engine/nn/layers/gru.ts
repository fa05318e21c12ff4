import type { Layer } from "./layer.ts";
import { gate, type RecurrentOptions, recurrent } from "./recurrent.ts";

/**
 * Gated recurrent unit, one layer from a state of zeros: [N, T, inputs] → [N, T, hidden]. Gates in the order r, z, n, the reset
 * gate after the product, and parameters as `torch.nn.GRU` (with `batch_first`).
 * @throws ShapeError when applied to anything but sequences of `inputs` numbers
 * @see [Cho2014]
 */
export function gru(inputs: number, hidden: number, options: RecurrentOptions = {}): Layer {
  return recurrent("gru", [inputs, hidden, 3, 1], options, (fromInput, [h], weight, bias) => {
    const fromHidden = h!.matmul(weight).add(bias);
    const both = (index: number): ReturnType<typeof gate> =>
      gate(fromInput, index, hidden)
        .add(gate(fromHidden, index, hidden))
        .sigmoid();
    const [reset, update] = [both(0), both(1)];
    const fresh = gate(fromInput, 2, hidden)
      .add(reset.mul(gate(fromHidden, 2, hidden)))
      .tanh();
    return [fresh.add(update.mul(h!.sub(fresh)))];
  });
}
