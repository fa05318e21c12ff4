import { scalar } from "../../../graph/builder.ts";
import type { Node } from "../../../graph/node.ts";
import { add, matmul, mul, sub } from "../../../graph/ops.ts";
import type { Rule } from "../call.ts";
import { type Cell, type Direction, gate, recurrent } from "./recurrent.ts";

const plus = (x: Node, bias: Node | undefined): Node => (bias === undefined ? x : add(x, bias));
const biased = (x: Node, { Wb, Rb }: Direction): Node => plus(plus(x, Wb), Rb);

/** H = f(X·Wᵀ + H·Rᵀ + biases). */
const simpleCell: Cell = (product, [H], direction) => [
  direction.activations[0]!(add(biased(product, direction), matmul(H!, direction.R))),
];

/** Long short-term memory; gates in the order input, output, forget, cell; peepholes input, output, forget. */
const lstmCell: Cell = (product, [H, C], direction) => {
  const { hidden, P, R } = direction;
  const [f, g, h] = direction.activations as [(x: Node) => Node, (x: Node) => Node, (x: Node) => Node];
  const all = add(biased(product, direction), matmul(H!, R));
  const seen = (x: Node, index: number, cell: Node): Node =>
    P === undefined ? x : add(x, mul(gate(P, index, hidden), cell));
  const input = f(seen(gate(all, 0, hidden), 0, C!));
  const forget = f(seen(gate(all, 2, hidden), 2, C!));
  const cell = add(mul(forget, C!), mul(input, g(gate(all, 3, hidden))));
  const output = f(seen(gate(all, 1, hidden), 1, cell));
  return [mul(output, h(cell)), cell];
};

/** Gated recurrent unit; gates in the order update, reset, hidden. */
const gruCell =
  (linearBeforeReset: boolean): Cell =>
  (product, [H], { hidden, R, Wb, Rb, activations }) => {
    const [f, g] = activations as [(x: Node) => Node, (x: Node) => Node];
    const ahead = plus(product, Wb);
    const back = plus(matmul(H!, R), Rb);
    const update = f(add(gate(ahead, 0, hidden), gate(back, 0, hidden)));
    const reset = f(add(gate(ahead, 1, hidden), gate(back, 1, hidden)));
    const carried = linearBeforeReset
      ? mul(reset, gate(back, 2, hidden))
      : plus(matmul(mul(reset, H!), gate(R, 2, hidden)), Rb && gate(Rb, 2, hidden));
    const fresh = g(add(gate(ahead, 2, hidden), carried));
    return [add(mul(sub(scalar(1), update), fresh), mul(update, H!))];
  };

/** Recurrent layers, as loops over time. */
export const recurrentOperators: Readonly<Record<string, Rule>> = {
  GRU: (call) =>
    recurrent(call, {
      gates: 3,
      carries: 1,
      defaults: ["Sigmoid", "Tanh"],
      cell: gruCell(call.integer("linear_before_reset", 0) !== 0),
    }),
  LSTM: (call) => recurrent(call, { gates: 4, carries: 2, defaults: ["Sigmoid", "Tanh", "Tanh"], cell: lstmCell }),
  RNN: (call) => recurrent(call, { gates: 1, carries: 1, defaults: ["Tanh"], cell: simpleCell }),
};
