import { softmax } from "../../../graph/activations.ts";
import { constant, scalar } from "../../../graph/builder.ts";
import type { Node } from "../../../graph/node.ts";
import { add, broadcastTo, concat, div, matmul, mul, reshape, tanh, transpose, where } from "../../../graph/ops.ts";
import { sizeOf } from "../../../tensor/index.ts";
import type { OnnxCall, Rule } from "../call.ts";

/** [batch, heads, length, width], from that or from [batch, length, heads·width]. */
function byHeads(call: OnnxCall, index: number, attribute: string): Node {
  const x = call.x(index);
  if (x.shape.length === 4) return x;
  const heads = call.integer(attribute, 0);
  const [batch, length, width] = x.shape;
  if (x.shape.length !== 3 || heads < 1 || width! % heads !== 0)
    throw call.fail(`expected 4 axes, or 3 of which ${attribute} parts the last, got ${x.shape.length} and ${heads}`);
  return transpose(reshape(x, [batch!, length!, heads, width! / heads]), [0, 2, 1, 3]);
}

/** Each head of keys and values as often as there are heads of queries to it. */
function repeatHeads(call: OnnxCall, x: Node, heads: number): Node {
  const [batch, own, ...rest] = x.shape as [number, number, number, number];
  if (own === heads) return x;
  if (heads % own !== 0) throw call.fail(`expected heads of queries by the multiple, got ${heads} for ${own} of keys`);
  const wide = broadcastTo(reshape(x, [batch, own, 1, ...rest]), [batch, own, heads / own, ...rest]);
  return reshape(wide, [batch, heads, ...rest]);
}

/** −∞ where a query may not see a key: later ones, and those that a mask of booleans leaves out. */
function masks(call: OnnxCall, queries: number, keys: number): Node[] {
  const result: Node[] = [];
  const never = scalar(Number.NEGATIVE_INFINITY);
  const given = call.optional(3);
  if (given !== undefined) result.push(call.type(3) === "bool" ? where(given, scalar(0), never) : given);
  if (call.integer("is_causal", 0) === 1) {
    const past = call.optional(4)?.shape[2] ?? 0;
    const later = Float64Array.from({ length: call.extent(queries * keys, "a mask") }, (_, i) =>
      i % keys > Math.floor(i / keys) + past ? Number.NEGATIVE_INFINITY : 0,
    );
    result.push(constant(later, [queries, keys]));
  }
  return result;
}

/** Scaled products of queries and keys, their softmax times the values; keys and values may follow on earlier ones. */
function attention(call: OnnxCall): (Node | undefined)[] {
  if (call.has(6)) throw call.unsupported("nonpad_kv_seqlen");
  if (call.wants(3)) throw call.unsupported("the output qk_matmul_output");
  if (call.integer("left_window_size", -1) !== -1 || call.integer("right_window_size", -1) !== -1)
    throw call.unsupported("a window");
  const Q = byHeads(call, 0, "q_num_heads");
  const joined = (index: number, past: number): Node => {
    const own = byHeads(call, index, "kv_num_heads");
    return call.has(past) ? concat([call.x(past), own], 2) : own;
  };
  const [K, V] = [joined(1, 4), joined(2, 5)];
  const [batch, heads, queries, width] = Q.shape as [number, number, number, number];
  const scale = call.float("scale", 1 / Math.sqrt(width));
  const products = matmul(Q, transpose(repeatHeads(call, K, heads), [0, 1, 3, 2]));
  const softcap = call.float("softcap", 0);
  const scaled = mul(products, scalar(scale));
  const capped = softcap === 0 ? scaled : mul(scalar(softcap), tanh(div(scaled, scalar(softcap))));
  const scores = masks(call, queries, K.shape[2]!).reduce(add, capped);
  const Y = matmul(softmax(scores, [3]), repeatHeads(call, V, heads));
  const flat = call.rank() === 3;
  const size = sizeOf(Y.shape) / Math.max(1, batch * queries);
  return [flat ? reshape(transpose(Y, [0, 2, 1, 3]), [batch, queries, size]) : Y, K, V];
}

/** Attention as one operator. */
export const attentions: Readonly<Record<string, Rule>> = { Attention: attention };
