import type { Layer } from "./layer.ts";
import { gate, type RecurrentOptions, recurrent } from "./recurrent.ts";

/**
 * Long short-term memory, one layer from a state of zeros: [N, T, inputs] → [N, T, hidden]. Gates in the order i, f, g, o and
 * parameters as `torch.nn.LSTM` (with `batch_first`).
 * @throws ShapeError when applied to anything but sequences of `inputs` numbers
 * @see [HochreiterSchmidhuber1997]
 */
export function lstm(inputs: number, hidden: number, options: RecurrentOptions = {}): Layer {
  return recurrent("lstm", [inputs, hidden, 4, 2], options, (fromInput, [h, c], weight, bias) => {
    const gates = fromInput.add(h!.matmul(weight)).add(bias);
    const keep = gate(gates, 1, hidden).sigmoid().mul(c!);
    const next = keep.add(
      gate(gates, 0, hidden)
        .sigmoid()
        .mul(gate(gates, 2, hidden).tanh()),
    );
    return [gate(gates, 3, hidden).sigmoid().mul(next.tanh()), next];
  });
}
