import { ShapeError } from "../../errors/index.ts";
import { shapeText, sizeOf } from "../../tensor/index.ts";
import { make } from "../builder.ts";
import type { ConvolutionAttributes, Node, NodeOf, Primitive } from "../node.ts";
import { add, reshape } from "../ops.ts";
import { scanNodes } from "../scan.ts";
import { forEachIndex, sourceOffset, windowPositions } from "./window.ts";

/**
 * Convolution is a form that is linear in three tensors: T(x, w, y) = Σ x[n,c,p·stride+k·dilation−low] w[o,c,k] y[n,o,p].
 * `conv` is its derivative by y, `convInput` by x, `convWeight` by w, each a function of the other two: so derivatives of
 * all three, of any order, stay among them. Layout: x [N, C, …], w [O, C/groups, …], y [N, O, …].
 */
type ConvolutionName = "conv" | "convInput" | "convWeight";

function plain({ strides, low, high, dilations, groups }: ConvolutionAttributes): ConvolutionAttributes {
  return { strides, low, high, dilations, groups };
}

export function conv(x: Node, w: Node, attributes: ConvolutionAttributes): Node {
  return make("conv", [x, w], plain(attributes));
}

export function convInput(y: Node, w: Node, attributes: ConvolutionAttributes, spatial: readonly number[]): Node {
  return make("convInput", [y, w], { ...plain(attributes), spatial });
}

export function convWeight(x: Node, y: Node, attributes: ConvolutionAttributes, spatial: readonly number[]): Node {
  return make("convWeight", [x, y], { ...plain(attributes), spatial });
}

/** Calls `visit` with the flat positions in x, w and y of every product of the form. */
function forEachProduct(
  xShape: readonly number[],
  wShape: readonly number[],
  yShape: readonly number[],
  attributes: ConvolutionAttributes,
  visit: (x: number, w: number, y: number) => void,
): void {
  const [inner, outer] = [wShape[1]!, yShape[1]! / attributes.groups];
  const [xs, ks, ys] = [xShape.slice(2), wShape.slice(2), yShape.slice(2)];
  const [xSize, kSize, ySize] = [sizeOf(xs), sizeOf(ks), sizeOf(ys)];
  forEachIndex(ks, (at) => {
    const k = at.reduce((flat, i, axis) => flat * ks[axis]! + i, 0);
    let y = -1;
    forEachIndex(ys, (position) => {
      y++;
      const x = sourceOffset(xs, position, at, attributes);
      if (x < 0) return;
      for (let n = 0; n < yShape[0]!; n++) {
        for (let o = 0; o < yShape[1]!; o++) {
          const group = Math.floor(o / outer);
          for (let c = 0; c < inner; c++)
            visit(
              (n * xShape[1]! + group * inner + c) * xSize + x,
              (o * inner + c) * kSize + k,
              (n * yShape[1]! + o) * ySize + y,
            );
        }
      }
    });
  });
}

/** The operation on each row of a batch, one after another: what is left when weights differ from row to row. */
function mapRows(
  op: ConvolutionName,
  node: NodeOf<ConvolutionName>,
  inputs: readonly Node[],
  batched: readonly boolean[],
  size: number,
): Node {
  const rows = inputs.filter((_, i) => batched[i]);
  const { ys } = scanNodes(
    (_, parts) => {
      let next = 0;
      const own = inputs.map((input, i) => (batched[i] ? parts[next++]! : input));
      return { carry: [], ys: [make(op, own, node.attributes as never)] };
    },
    [],
    rows,
    { length: size },
  );
  return ys[0]!;
}

/** Joins the batch axis with the images' axis. */
function fold(x: Node): Node {
  return reshape(x, [x.shape[0]! * x.shape[1]!, ...x.shape.slice(2)]);
}

function checkRank(operation: string, a: Node, b: Node): void {
  if (a.shape.length < 3 || a.shape.length !== b.shape.length)
    throw new ShapeError(
      operation,
      `expected [N, C, …] and weights with as many axes, got ${shapeText(a.shape)} and ${shapeText(b.shape)}`,
    );
}

const dtypeOf = (inputs: readonly Node[]): "float32" | "float64" =>
  inputs.every(({ dtype }) => dtype === "float32") ? "float32" : "float64";
const sumOf = (a: Node | null, b: Node | null): Node | null => (a === null ? b : b === null ? a : add(a, b));

export const convPrimitive: Primitive<"conv"> = {
  infer: ([x, w], attributes) => {
    checkRank("conv", x!, w!);
    const { groups } = attributes;
    if (x!.shape[1] !== w!.shape[1]! * groups || w!.shape[0]! % groups !== 0)
      throw new ShapeError(
        "conv",
        `expected ${w!.shape[1]! * groups} channels (${groups} groups of the weights' ${w!.shape[1]}), got ${shapeText(x!.shape)} and weights ${shapeText(w!.shape)}`,
      );
    return {
      shape: [x!.shape[0]!, w!.shape[0]!, ...windowPositions("conv", x!.shape.slice(2), w!.shape.slice(2), attributes)],
      dtype: dtypeOf([x!, w!]),
    };
  },
  jvp: ({ attributes }, [x, w], _output, [dx, dw]) =>
    sumOf(dx == null ? null : conv(dx, w!, attributes), dw == null ? null : conv(x!, dw, attributes)),
  vjp: ({ attributes }, [x, w], _output, y) => [
    convInput(y, w!, attributes, x!.shape.slice(2)),
    convWeight(x!, y, attributes, w!.shape.slice(2)),
  ],
  batch: (node, inputs, batched, size) => {
    if (batched[1]) return mapRows("conv", node, inputs, batched, size);
    return reshape(conv(fold(inputs[0]!), inputs[1]!, node.attributes), [size, ...node.shape]);
  },
  evaluate: (node, [x, w]) => {
    const out = new Float64Array(sizeOf(node.shape));
    forEachProduct(x!.shape, w!.shape, node.shape, node.attributes, (i, k, j) => {
      out[j]! += x!.data[i]! * w!.data[k]!;
    });
    return out;
  },
};

export const convInputPrimitive: Primitive<"convInput"> = {
  infer: ([y, w], attributes) => {
    checkRank("convTranspose", y!, w!);
    const { groups, spatial } = attributes;
    if (y!.shape[1] !== w!.shape[0] || w!.shape[0]! % groups !== 0)
      throw new ShapeError(
        "convTranspose",
        `expected ${w!.shape[0]} channels, got ${shapeText(y!.shape)} and weights ${shapeText(w!.shape)}`,
      );
    const positions = windowPositions("convTranspose", spatial, w!.shape.slice(2), attributes);
    if (positions.join() !== y!.shape.slice(2).join())
      throw new ShapeError(
        "convTranspose",
        `expected spatial axes ${shapeText(positions)} for a result of ${shapeText(spatial)}, got ${shapeText(y!.shape)}`,
      );
    return { shape: [y!.shape[0]!, w!.shape[1]! * groups, ...spatial], dtype: dtypeOf([y!, w!]) };
  },
  jvp: ({ attributes }, [y, w], _output, [dy, dw]) =>
    sumOf(
      dy == null ? null : convInput(dy, w!, attributes, attributes.spatial),
      dw == null ? null : convInput(y!, dw, attributes, attributes.spatial),
    ),
  vjp: ({ attributes }, [y, w], _output, x) => [
    conv(x, w!, attributes),
    convWeight(x, y!, attributes, w!.shape.slice(2)),
  ],
  batch: (node, inputs, batched, size) => {
    if (batched[1]) return mapRows("convInput", node, inputs, batched, size);
    return reshape(convInput(fold(inputs[0]!), inputs[1]!, node.attributes, node.attributes.spatial), [
      size,
      ...node.shape,
    ]);
  },
  evaluate: (node, [y, w]) => {
    const out = new Float64Array(sizeOf(node.shape));
    forEachProduct(node.shape, w!.shape, y!.shape, node.attributes, (i, k, j) => {
      out[i]! += y!.data[j]! * w!.data[k]!;
    });
    return out;
  },
};

export const convWeightPrimitive: Primitive<"convWeight"> = {
  infer: ([x, y], attributes) => {
    checkRank("convWeight", x!, y!);
    const { groups, spatial } = attributes;
    const positions = windowPositions("convWeight", x!.shape.slice(2), spatial, attributes);
    if (
      positions.join() !== y!.shape.slice(2).join() ||
      x!.shape[0] !== y!.shape[0] ||
      x!.shape[1]! % groups !== 0 ||
      y!.shape[1]! % groups !== 0
    )
      throw new ShapeError(
        "convWeight",
        `expected images and results that belong together, got ${shapeText(x!.shape)} and ${shapeText(y!.shape)}`,
      );
    return { shape: [y!.shape[1]!, x!.shape[1]! / groups, ...spatial], dtype: dtypeOf([x!, y!]) };
  },
  jvp: ({ attributes }, [x, y], _output, [dx, dy]) =>
    sumOf(
      dx == null ? null : convWeight(dx, y!, attributes, attributes.spatial),
      dy == null ? null : convWeight(x!, dy, attributes, attributes.spatial),
    ),
  vjp: ({ attributes }, [x, y], _output, w) => [
    convInput(y!, w, attributes, x!.shape.slice(2)),
    conv(x!, w, attributes),
  ],
  batch: (node, inputs, batched, size) => mapRows("convWeight", node, inputs, batched, size),
  evaluate: (node, [x, y]) => {
    const out = new Float64Array(sizeOf(node.shape));
    forEachProduct(x!.shape, node.shape, y!.shape, node.attributes, (i, k, j) => {
      out[k]! += x!.data[i]! * y!.data[j]!;
    });
    return out;
  },
};
