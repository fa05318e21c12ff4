import type { NdArray } from "../tensor/index.ts";

/**
 * Element type of a value in a graph. Comparisons make `bool` (0 or 1); elementwise operations on `float32` alone round
 * their results to it.
 */
export type DType = "float64" | "float32" | "int32" | "bool";

/** A closed graph: `outputs` depend on `params` and constants alone. Any node may stand as a formal parameter. */
export interface Body {
  readonly params: readonly Node[];
  readonly outputs: readonly Node[];
}

/** What a loop needs to know; its inputs are `[captured values, initial carries, stacked xs]`, as are its body's params. */
export interface ScanAttributes {
  readonly body: Body;
  readonly length: number;
  readonly captures: number;
  readonly carries: number;
  /** From the last step to the first. */
  readonly reverse: boolean;
  /** Keep only the carries for the backward pass and compute the rest of a step again. */
  readonly checkpoint: boolean;
}

/** How a window moves over the spatial axes: one entry an axis. */
export interface WindowAttributes {
  readonly strides: readonly number[];
  /** Zeros (for maxima: −∞) before and after each axis. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly dilations: readonly number[];
}

export interface ConvolutionAttributes extends WindowAttributes {
  readonly groups: number;
}

export interface PoolAttributes extends WindowAttributes {
  readonly kernel: readonly number[];
}

type None = Readonly<Record<never, never>>;

/** The primitives, each with its attributes. */
export interface AttributeTypes {
  input: { readonly index: number; readonly name: string };
  constant: { readonly data: Float64Array };
  neg: None;
  exp: None;
  log: None;
  log1p: None;
  expm1: None;
  sqrt: None;
  square: None;
  sin: None;
  cos: None;
  tan: None;
  tanh: None;
  sigmoid: None;
  relu: None;
  abs: None;
  sign: None;
  floor: None;
  clip: { readonly low: number; readonly high: number };
  cast: { readonly dtype: DType };
  add: None;
  sub: None;
  mul: None;
  div: None;
  pow: None;
  maximum: None;
  minimum: None;
  less: None;
  lessEqual: None;
  equal: None;
  notEqual: None;
  where: None;
  sum: { readonly axes: readonly number[] };
  max: { readonly axes: readonly number[] };
  min: { readonly axes: readonly number[] };
  matmul: None;
  reshape: { readonly shape: readonly number[] };
  transpose: { readonly permutation: readonly number[] };
  broadcast: { readonly shape: readonly number[] };
  slice: { readonly starts: readonly number[]; readonly stops: readonly number[]; readonly steps: readonly number[] };
  reverse: { readonly axes: readonly number[] };
  concat: { readonly axis: number };
  pad: { readonly low: readonly number[]; readonly high: readonly number[]; readonly interior: readonly number[] };
  roll: { readonly axis: number; readonly shift: number };
  take: { readonly axis: number; readonly indices: Int32Array };
  scatterAdd: { readonly axis: number; readonly indices: Int32Array; readonly size: number };
  rfft: { readonly dimensions: 1 | 2 };
  irfft: { readonly dimensions: 1 | 2; readonly length: number };
  cholesky: None;
  triangularSolve: { readonly transposed: boolean };
  asin: None;
  acos: None;
  atan: None;
  sinh: None;
  cosh: None;
  asinh: None;
  acosh: None;
  atanh: None;
  round: None;
  erf: None;
  softplus: None;
  conv: ConvolutionAttributes;
  convInput: ConvolutionAttributes & { readonly spatial: readonly number[] };
  convWeight: ConvolutionAttributes & { readonly spatial: readonly number[] };
  maxPool: PoolAttributes;
  maxPoolPick: PoolAttributes;
  maxPoolScatter: PoolAttributes;
  scan: ScanAttributes;
  get: { readonly index: number };
}

export type PrimitiveName = keyof AttributeTypes;

/** The primitives that work element by element. */
export type ElementwiseName =
  | "neg"
  | "exp"
  | "log"
  | "log1p"
  | "expm1"
  | "sqrt"
  | "square"
  | "sin"
  | "cos"
  | "tan"
  | "tanh"
  | "sigmoid"
  | "relu"
  | "erf"
  | "softplus"
  | "asin"
  | "acos"
  | "atan"
  | "sinh"
  | "cosh"
  | "asinh"
  | "acosh"
  | "atanh"
  | "round"
  | "abs"
  | "sign"
  | "floor"
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "pow"
  | "maximum"
  | "minimum"
  | "less"
  | "lessEqual"
  | "equal"
  | "notEqual"
  | "where"
  | "clip"
  | "cast";

/** A value of a graph: immutable, made by {@link make}, equal values are the same object within a trace. */
export interface NodeOf<P extends PrimitiveName> {
  readonly op: P;
  readonly inputs: readonly Node[];
  readonly attributes: AttributeTypes[P];
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Nesting of loops that the value depends on: a loop's body sees values of a smaller depth as constants. */
  readonly depth: number;
  readonly id: number;
}

export type Node = { [P in PrimitiveName]: NodeOf<P> }[PrimitiveName];

/** Shape and element type of a value. */
export interface Spec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** All the mathematics of one primitive. */
export interface Primitive<P extends PrimitiveName> {
  /** Shape and type of the result; throws ShapeError or ArgumentError that names the operation. */
  infer(inputs: readonly Node[], attributes: AttributeTypes[P]): Spec;
  /** A simpler node of the same value, if there is one. */
  simplify?(inputs: readonly Node[], attributes: AttributeTypes[P]): Node | undefined;
  /** Tangent of the result; `null` stands for zero. `inputs` and `output` are the primal values. */
  jvp(node: NodeOf<P>, inputs: readonly Node[], output: Node, tangents: readonly (Node | null)[]): Node | null;
  /** Cotangents of the inputs, `null` for zero. */
  vjp(node: NodeOf<P>, inputs: readonly Node[], output: Node, cotangent: Node): (Node | null)[];
  /** The operation on inputs of which some carry a leading batch axis; the result carries it. */
  batch(node: NodeOf<P>, inputs: readonly Node[], batched: readonly boolean[], size: number): Node;
  /** The plain evaluation that everything else is tested against. */
  evaluate(node: NodeOf<P>, inputs: readonly NdArray[]): Float64Array;
  /** For elementwise primitives: what every code generator shares. */
  readonly elementwise?: ElementwiseRule;
}

export interface ElementwiseRule {
  /** The value of one element. */
  f(...operands: number[]): number;
  /** The same as a JavaScript expression. */
  js(...operands: string[]): string;
  /** Relative cost; 1 is an addition. */
  readonly cost: number;
}

/** The primitives that have rules of this form; loops are treated by each transform itself. */
export type RuledName = Exclude<PrimitiveName, "input" | "constant" | "scan" | "get">;
export type Primitives = { readonly [P in RuledName]: Primitive<P> };
