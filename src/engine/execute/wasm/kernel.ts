import type {
  Address,
  ComputedValue,
  Kernel,
  LoadValue,
  Reduction,
  Segment,
  Statement,
  Term,
  Value,
} from "../kernel/ir.ts";
import { termKey } from "../kernel/ir.ts";
import { Code, F64, I32, OP, V128, type ValueType } from "./code.ts";
import { type Callables, writeOperation } from "./operations.ts";

/** Where a program's memory is: its first byte, and whether elements are float32. */
export interface Placement {
  readonly base: number;
  readonly single: boolean;
}

/** What of a kernel comes from outside: addresses of moving buffers, and numbers. */
export function variablesOf(kernel: Kernel): { addresses: string[]; scalars: string[] } {
  const [addresses, scalars] = [new Set<string>(), new Set<string>()];
  const value = (one: Value): void => {
    if (one.kind === "scalar") scalars.add(one.name);
    else if (one.kind === "load") address(one.address);
    else if (one.kind === "compute") for (const operand of one.operands) if (operand.kind === "scalar") value(operand);
  };
  const address = ({ terms }: Address): void => {
    for (const term of terms) if (term.kind === "variable") addresses.add(term.name);
  };
  for (const invariant of kernel.invariants) value(invariant);
  for (const { result, fill } of kernel.reductions) {
    address(result);
    address(fill.address);
  }
  for (const { statements } of kernel.segments)
    for (const statement of statements) {
      value(statement.value);
      if (statement.kind !== "define") address(statement.address);
    }
  return { addresses: [...addresses], scalars: [...scalars] };
}

/** Writes a kernel on vectors of two doubles, or of four floats, whose results are those of JavaScript that rounds each. */
export function writeKernelCode(kernel: Kernel, module: Callables, placement: Placement): Code {
  const { addresses, scalars } = variablesOf(kernel);
  const params: ValueType[] = [...addresses.map((): ValueType => I32), ...scalars.map((): ValueType => F64)];
  const variables = [...addresses, ...scalars];
  const code = new Code(params);
  code.floats = placement.single;
  new KernelCoder(kernel, module, placement, code, variables).write();
  return code;
}

/** How much of a vector a statement works on: all lanes, or the first. */
type Lanes = 1 | 2 | 4;

class KernelCoder {
  readonly kernel: Kernel;
  readonly module: Callables;
  readonly placement: Placement;
  readonly code: Code;
  readonly width: number;
  readonly lanes: Lanes;
  /** Locals of parameters by name. */
  readonly params: ReadonlyMap<string, number>;
  /** Numbers of the outer indices, and the innermost in bytes of the element before its factor. */
  readonly indices: readonly number[];
  /** Locals with what outer loops add to positions (bytes), by their terms. */
  readonly bases = new Map<
    string,
    { readonly local: number; readonly level: number; readonly terms: readonly Term[] }
  >();
  readonly pieces = new Map<string, { readonly local: number; readonly term: Extract<Term, { kind: "piecewise" }> }>();
  readonly splats = new Map<string, number>();
  readonly uniforms = new Map<string, number>();
  readonly accumulators = new Map<Reduction, number>();
  readonly values = new Map<Value, number>();

  constructor(kernel: Kernel, module: Callables, placement: Placement, code: Code, variables: readonly string[]) {
    this.kernel = kernel;
    this.module = module;
    this.placement = placement;
    this.code = code;
    this.width = placement.single ? 4 : 8;
    this.lanes = placement.single ? 4 : 2;
    this.params = new Map(variables.map((name, i) => [name, i]));
    this.indices = kernel.loop.map(() => code.local(I32));
  }

  get rank(): number {
    return this.kernel.loop.length;
  }

  write(): void {
    const { kernel, code } = this;
    for (const [name, param] of this.params)
      if (code.params[param] === F64) {
        code.get(param);
        if (this.placement.single) code.op(OP.f32Demote);
        code.simd("splat");
        this.splats.set(name, this.keep(V128));
      }
    this.collect();
    for (const reduction of kernel.reductions) {
      if (reduction.level === undefined) this.fill(reduction);
      else this.accumulators.set(reduction, code.local(F64));
    }
    this.openLevel(-1);
    for (const invariant of kernel.invariants) {
      this.pushElement(invariant.address);
      code.simd("splat");
      this.values.set(invariant, this.keep(V128));
    }
    this.nest(0);
  }

  keep(type: ValueType): number {
    const local = this.code.local(type);
    this.code.set(local);
    return local;
  }

  /** Notes all parts of positions that outer loops make, and all literals, so that each is made once where it can be. */
  collect(): void {
    const value = (one: Value): void => {
      if (one.kind === "uniform") this.uniform(one.value);
      else if (one.kind === "load") this.base(one.address);
      else if (one.kind === "compute")
        for (const operand of one.operands) if (operand.kind === "uniform") value(operand);
    };
    for (const { statements } of this.kernel.segments)
      for (const statement of statements) {
        value(statement.value);
        if (statement.kind !== "define") this.base(statement.address);
      }
    for (const { result } of this.kernel.reductions) this.base(result);
    for (const { address } of this.kernel.invariants) this.base(address);
  }

  uniform(value: number): number {
    const key = Object.is(value, -0) ? "-0" : String(value);
    const known = this.uniforms.get(key);
    if (known !== undefined) return known;
    this.code.vector(value);
    const local = this.keep(V128);
    this.uniforms.set(key, local);
    return local;
  }

  outerTerms({ terms }: Address): readonly Term[] {
    return terms.filter(({ level }) => level < this.rank - 1);
  }

  /** The local that holds what the outer loops add to a position, if they add anything. */
  base(address: Address): number | undefined {
    const terms = this.outerTerms(address);
    if (terms.length === 0) return undefined;
    const key = terms.map(termKey).join("+");
    const known = this.bases.get(key);
    if (known !== undefined) return known.local;
    for (const term of terms)
      if (term.kind === "piecewise" && !this.pieces.has(term.key))
        this.pieces.set(term.key, { local: this.code.local(I32), term });
    const level = Math.max(...terms.map((term) => term.level));
    const local = this.code.local(I32);
    this.bases.set(key, { local, level, terms });
    return local;
  }

  /** Computes what changes with the index of a level (-1: with none). */
  openLevel(level: number): void {
    const { code } = this;
    for (const { local, term } of this.pieces.values()) {
      if (term.level !== level) continue;
      const own = this.indices[level]!;
      const piece = (k: number): void => {
        const { scale, offset } = term.pieces[k]!;
        code.get(own);
        code.i32(scale);
        code.op(OP.i32Mul);
        code.i32(offset);
        code.op(OP.i32Add);
      };
      piece(term.pieces.length - 1);
      code.set(local);
      for (let k = term.pieces.length - 2; k >= 0; k--) {
        piece(k);
        code.get(local);
        code.get(own);
        code.i32(term.pieces[k]!.to);
        code.op(OP.i32LtS);
        code.op(OP.select);
        code.set(local);
      }
    }
    for (const base of this.bases.values()) {
      if (base.level !== level) continue;
      base.terms.forEach((term, k) => {
        if (term.kind === "variable") code.get(this.params.get(term.name)!);
        else if (term.kind === "index") code.get(this.indices[term.level]!);
        else code.get(this.pieces.get(term.key)!.local);
        code.i32(term.factor * this.width);
        code.op(OP.i32Mul);
        if (k > 0) code.op(OP.i32Add);
      });
      code.set(base.local);
    }
  }

  nest(level: number): void {
    const { code, kernel, rank } = this;
    for (const reduction of kernel.reductions)
      if (reduction.level === level) {
        code.f64(startOf(reduction));
        code.set(this.accumulators.get(reduction)!);
      }
    if (level >= rank - 1) for (const segment of kernel.segments) this.segment(segment);
    else {
      const index = this.indices[level]!;
      code.i32(0);
      code.set(index);
      code.op(OP.loop, 0x40);
      this.openLevel(level);
      this.nest(level + 1);
      code.get(index);
      code.i32(1);
      code.op(OP.i32Add);
      code.op(OP.localTee, index);
      code.i32(kernel.loop[level]!);
      code.op(OP.i32LtS);
      code.op(OP.brIf, 0);
      code.op(OP.end);
    }
    for (const reduction of kernel.reductions)
      if (reduction.level === level) {
        const offset = this.pushAddress(reduction.result);
        code.get(this.accumulators.get(reduction)!);
        this.storeScalar(offset);
      }
  }

  segment({ from, to, looped, statements }: Segment): void {
    const { code } = this;
    if (!looped) {
      this.statements(statements, 1);
      return;
    }
    const { lanes } = this;
    code.i32(from);
    code.set(this.indices[this.rank - 1]!);
    const whole = to - ((to - from) % lanes);
    if (whole > from) this.loop(statements, lanes, whole);
    if (to - whole > 1) this.loop(statements, 1, to);
    else if (to > whole) this.statements(statements, 1);
  }

  /** Statements on `lanes` elements at a time, up to an index. */
  loop(statements: readonly Statement[], lanes: Lanes, to: number): void {
    const { code } = this;
    const index = this.indices[this.rank - 1]!;
    code.op(OP.loop, OP.none);
    this.statements(statements, lanes);
    code.get(index);
    code.i32(lanes);
    code.op(OP.i32Add);
    code.op(OP.localTee, index);
    code.i32(to);
    code.op(OP.i32LtS);
    code.op(OP.brIf, 0);
    code.op(OP.end);
  }

  statements(statements: readonly Statement[], lanes: Lanes): void {
    for (const statement of statements) {
      if (statement.kind === "define") this.define(statement.value, lanes);
      else if (statement.kind === "store") this.store(statement.address, this.local(statement.value), lanes);
      else this.accumulate(statement.reduction, statement.address, this.local(statement.value), lanes);
    }
  }

  local(value: Value): number {
    if (value.kind === "uniform") return this.uniforms.get(Object.is(value.value, -0) ? "-0" : String(value.value))!;
    if (value.kind === "scalar") return this.splats.get(value.name)!;
    return this.values.get(value)!;
  }

  define(value: LoadValue | ComputedValue, lanes: Lanes): void {
    const { code } = this;
    if (value.kind === "load") this.load(value.address, lanes);
    else
      writeOperation(
        code,
        this.module,
        value.node,
        value.operands.map((operand) => this.local(operand)),
      );
    const known = this.values.get(value);
    if (known === undefined) this.values.set(value, this.keep(V128));
    else code.set(known);
  }

  /** The step, in elements, of a position from one innermost index to the next. */
  step({ terms }: Address): number {
    return terms.reduce((sum, { level, factor }) => (level === this.rank - 1 ? sum + factor : sum), 0);
  }

  /** Pushes a position's changing part in bytes, shifted by some elements; gives the constant part. */
  pushAddress(address: Address, shift = 0): number {
    const { code } = this;
    const base = this.outerTerms(address).length > 0 ? this.base(address) : undefined;
    let pushed = false;
    if (base !== undefined) {
      code.get(base);
      pushed = true;
    }
    const step = this.step(address);
    if (step !== 0) {
      code.get(this.indices[this.rank - 1]!);
      code.i32(step * this.width);
      code.op(OP.i32Mul);
      if (pushed) code.op(OP.i32Add);
      pushed = true;
    }
    if (!pushed) code.i32(0);
    const constant = (address.constant + shift) * this.width + this.placement.base;
    // Offsets of instructions are added without wrapping, to an address that is taken as positive.
    if (constant >= 0 && address.terms.every(isPositive)) return constant;
    code.i32(constant);
    code.op(OP.i32Add);
    return 0;
  }

  /** Pushes one element as it is in memory. */
  pushElement(address: Address, shift = 0): void {
    const offset = this.pushAddress(address, shift);
    if (this.placement.single) this.code.op(OP.f32Load, 2, offset);
    else this.code.op(OP.f64Load, 3, offset);
  }

  load(address: Address, lanes: Lanes): void {
    const { code, placement } = this;
    const step = this.step(address);
    if (lanes === 1 || step === 1) {
      const offset = this.pushAddress(address);
      const [align, first] = placement.single ? ([2, "load32Zero"] as const) : ([3, "load64Zero"] as const);
      code.memory(lanes === 1 ? first : "load", align, offset);
      return;
    }
    this.pushElement(address);
    code.simd("splat");
    if (step === 0) return;
    for (let lane = 1; lane < lanes; lane++) {
      this.pushElement(address, lane * step);
      code.simd("replace");
      code.bytes.push(lane);
    }
  }

  store(address: Address, value: number, lanes: Lanes): void {
    const { code, placement } = this;
    const step = this.step(address);
    if (lanes === 1 || step === 1) {
      const offset = this.pushAddress(address);
      code.get(value);
      const [align, first] = placement.single ? ([2, "store32Lane"] as const) : ([3, "store64Lane"] as const);
      if (lanes === 1) code.memory(first, align, offset, 0);
      else code.memory("store", align, offset);
      return;
    }
    for (let lane = 0; lane < lanes; lane++) {
      const offset = this.pushAddress(address, lane * step);
      code.get(value);
      code.simd("extract");
      code.bytes.push(lane);
      if (placement.single) code.op(OP.f32Store, 2, offset);
      else code.op(OP.f64Store, 3, offset);
    }
  }

  /** Pushes a lane as a double. */
  extract(value: number, lane: number): void {
    this.code.get(value);
    this.code.simd("extract");
    this.code.bytes.push(lane);
    if (this.placement.single) this.code.op(OP.f64Promote);
  }

  /** Stores a double. */
  storeScalar(offset: number): void {
    if (this.placement.single) {
      this.code.op(OP.f32Demote);
      this.code.op(OP.f32Store, 2, offset);
    } else this.code.op(OP.f64Store, 3, offset);
  }

  /** Combines one element after another, in the order of JavaScript; elements of the arena side by side at once. */
  accumulate(reduction: Reduction, address: Address, value: number, lanes: Lanes): void {
    const { code } = this;
    const accumulator = this.accumulators.get(reduction);
    if (accumulator === undefined && reduction.op === "sum" && (lanes === 1 || this.step(address) === 1)) {
      this.load(address, lanes);
      code.get(value);
      code.simd("add");
      this.store(address, this.keep(V128), lanes);
      return;
    }
    const step = this.step(address);
    for (let lane = 0; lane < lanes; lane++) {
      if (accumulator !== undefined) {
        code.get(accumulator);
        this.combine(reduction, value, lane);
        code.set(accumulator);
      } else {
        this.pushElement(address, lane * step);
        if (this.placement.single) code.op(OP.f64Promote);
        this.combine(reduction, value, lane);
        const result = this.keep(F64);
        const offset = this.pushAddress(address, lane * step);
        code.get(result);
        this.storeScalar(offset);
      }
    }
  }

  /** The accumulator on the stack with one element more. */
  combine({ op }: Reduction, value: number, lane: number): void {
    const { code } = this;
    if (op === "sum") {
      this.extract(value, lane);
      code.op(OP.f64Add);
      return;
    }
    const before = this.keep(F64);
    this.extract(value, lane);
    const element = this.keep(F64);
    code.get(element);
    code.get(before);
    code.get(element);
    code.get(before);
    code.op(op === "max" ? OP.f64Gt : OP.f64Lt);
    code.get(element);
    code.get(element);
    code.op(OP.f64Ne);
    code.op(OP.i32Or);
    code.op(OP.select);
  }

  /** Fills the results of a reduction whose accumulators are in the arena. */
  fill(reduction: Reduction): void {
    const { code } = this;
    const { address, size } = reduction.fill;
    const index = this.code.local(I32);
    const terms = address.terms.flatMap((term) => (term.kind === "variable" ? [this.params.get(term.name)!] : []));
    code.i32(0);
    code.set(index);
    code.op(OP.loop, 0x40);
    code.get(index);
    for (const param of terms) {
      code.get(param);
      code.op(OP.i32Add);
    }
    code.i32(address.constant);
    code.op(OP.i32Add);
    code.i32(this.width);
    code.op(OP.i32Mul);
    code.f64(startOf(reduction));
    this.storeScalar(this.placement.base);
    code.get(index);
    code.i32(1);
    code.op(OP.i32Add);
    code.op(OP.localTee, index);
    code.i32(size);
    code.op(OP.i32LtS);
    code.op(OP.brIf, 0);
    code.op(OP.end);
  }
}

/** Whether a term is never below zero. */
function isPositive(term: Term): boolean {
  return term.factor >= 0;
}

function startOf({ op }: Reduction): number {
  return op === "sum" ? 0 : op === "max" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
