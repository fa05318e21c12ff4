import { ArgumentError, ShapeError } from "../errors/index.ts";
import { sameShape, shapeText } from "../tensor/index.ts";
import { close, inBody, makeGet, makeScan } from "./builder.ts";
import type { Node, NodeOf } from "./node.ts";
import { cast, concat, reshape, slice } from "./ops.ts";
import { isFloat } from "./primitives/elementwise.ts";

/** One step of a loop: the next carries and what is kept of this step. */
export type StepResult = { readonly carry: readonly Node[]; readonly ys: readonly Node[] };
export type Step = (carry: readonly Node[], xs: readonly Node[]) => StepResult;

export interface ScanOptions {
  readonly length: number;
  readonly reverse?: boolean;
  readonly checkpoint?: boolean;
}

export interface ScanOutputs {
  readonly scan: NodeOf<"scan">;
  readonly carry: readonly Node[];
  readonly ys: readonly Node[];
}

/** The outputs of a loop node, in order. */
export function scanOutputs(scan: NodeOf<"scan">): Node[] {
  return scan.attributes.body.outputs.map((_, index) => makeGet(scan, index));
}

/** A carry after a step: of the shape and type that it began with. Other types would lose values or derivatives. */
function nextCarry(next: Node, init: Node): Node {
  if (!sameShape(next.shape, init.shape))
    throw new ShapeError(
      "scan",
      `expected the step to keep the carry's shape ${shapeText(init.shape)}, got ${shapeText(next.shape)}`,
    );
  if (next.dtype !== init.dtype && !isFloat(init.dtype))
    throw new ArgumentError(
      "scan",
      `expected the step to keep the carry's type ${init.dtype}, got ${next.dtype}: begin with a ${next.dtype} or cast`,
    );
  return cast(next, init.dtype);
}

/** Refuses sequences that don't have one entry for each step. */
function checkSequences(xs: readonly Node[], length: number): void {
  if (!Number.isInteger(length) || length < 0) throw new ArgumentError("scan", `expected a length ≥ 0, got ${length}`);
  for (const x of xs) {
    if (x.shape[0] !== length)
      throw new ShapeError("scan", `expected sequences of ${length} steps, got one of shape ${shapeText(x.shape)}`);
  }
}

/** A loop over `length` steps: `init` are the carries, `xs` are cut along their first axis. */
export function scanNodes(step: Step, init: readonly Node[], xs: readonly Node[], options: ScanOptions): ScanOutputs {
  const { length, reverse = false, checkpoint = false } = options;
  checkSequences(xs, length);
  const specs = [...init, ...xs.map((x) => ({ shape: x.shape.slice(1), dtype: x.dtype }))];
  const { params, result } = inBody(specs, (inner) => {
    const { carry, ys } = step(inner.slice(0, init.length), inner.slice(init.length));
    if (carry.length !== init.length)
      throw new ArgumentError("scan", `expected the step to return ${init.length} carries, got ${carry.length}`);
    return { carry: carry.map((next, i) => nextCarry(next, init[i]!)), ys };
  });
  const { body, captures } = close(params, [...result.carry, ...result.ys]);
  const scan = makeScan([...captures, ...init, ...xs], {
    body,
    length,
    captures: captures.length,
    carries: init.length,
    reverse,
    checkpoint,
  });
  const outputs = scanOutputs(scan);
  return { scan, carry: outputs.slice(0, init.length), ys: outputs.slice(init.length) };
}

/**
 * A loop whose backward pass keeps O(√length) states: an outer loop over blocks that keeps its carries alone and an inner
 * one that is run again. The values are those of the plain loop to the bit.
 */
export function checkpointedScan(
  step: Step,
  init: readonly Node[],
  xs: readonly Node[],
  length: number,
): Pick<ScanOutputs, "carry" | "ys"> {
  checkSequences(xs, length);
  const block = Math.max(1, Math.ceil(Math.sqrt(length)));
  const blocks = Math.floor(length / block);
  if (block < 2 || blocks < 2) return scanNodes(step, init, xs, { length });
  const cut = (x: Node, from: number, to: number): Node => slice(x, [from], [to]);
  const whole = blocks * block;
  const main = scanNodes(
    (carry, parts) => scanNodes(step, carry, parts, { length: block }),
    init,
    xs.map((x) => reshape(cut(x, 0, whole), [blocks, block, ...x.shape.slice(1)])),
    { length: blocks, checkpoint: true },
  );
  const ys = main.ys.map((y) => reshape(y, [whole, ...y.shape.slice(2)]));
  if (whole === length) return { carry: main.carry, ys };
  const rest = scanNodes(
    step,
    main.carry,
    xs.map((x) => cut(x, whole, length)),
    { length: length - whole },
  );
  return { carry: rest.carry, ys: ys.map((y, i) => concat([y, rest.ys[i]!], 0)) };
}
