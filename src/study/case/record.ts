import { CaseError } from "../../engine/errors/index.ts";
import { type NdArray, sizeOf } from "../../engine/tensor/index.ts";
import type { Cycle, WindowResult } from "../../methods/method.ts";

interface Table {
  readonly shape: readonly number[];
  readonly rows: Float64Array[];
}

/** What {@link RunRecord} keeps of every cycle. */
export interface RecordOptions {
  /** Width of the table of innovations: the most observations at a time. */
  readonly observations: number;
  readonly ensembles: boolean;
}

/** Tables that have rows of their own instead of one per cycle. */
const free = ["trajectory", "cost", "windows", "windowStart", "bias"];

/**
 * The finished cycles of a run as tables of numbers, so that a stopped run can be put away as arrays and taken up again.
 * Entries that a cycle doesn't have are NaN.
 */
export class RunRecord {
  readonly #options: RecordOptions;
  readonly #tables = new Map<string, Table>();
  /** Finished cycles. */
  cycles = 0;

  /** @param arrays what `arrays` of an earlier record gave, to go on from */
  constructor(options: RecordOptions, arrays: Readonly<Record<string, NdArray>> = {}) {
    this.#options = options;
    for (const [name, { data, shape }] of Object.entries(arrays)) {
      const [count = 0, ...rest] = shape;
      const size = sizeOf(rest);
      const rows = Array.from({ length: count }, (_, k) => data.slice(k * size, (k + 1) * size));
      this.#tables.set(name, { shape: rest, rows });
      if (!free.includes(name)) this.cycles = Math.max(this.cycles, count);
    }
  }

  /** Adds a cycle with its scores: numbers by name. */
  add(cycle: Cycle, scores: Readonly<Record<string, Float64Array | undefined>> = {}): void {
    const n = cycle.analysisMean.length;
    const vector = (name: string, row: Float64Array | undefined): void => this.#put(name, [n], row);
    this.#put("clock", [4], Float64Array.of(cycle.step, cycle.time, cycle.seconds.forecast, cycle.seconds.analysis));
    vector("forecastMean", cycle.forecastMean);
    vector("analysisMean", cycle.analysisMean);
    vector("forecastSpread", cycle.forecastSpread);
    vector("analysisSpread", cycle.analysisSpread);
    vector("smootherMean", cycle.smootherMean);
    vector("smootherSpread", cycle.smootherSpread);
    const { innovation, chi2, logEvidence, analysisEnsemble, trajectory, window } = cycle;
    const width = this.#options.observations;
    this.#put("innovations", [width], innovation && padded(innovation, width));
    this.#put("chi2", [2], chi2 && Float64Array.of(chi2.value, chi2.count));
    this.#put("logEvidence", [], logEvidence === undefined ? undefined : Float64Array.of(logEvidence));
    if (this.#options.ensembles && analysisEnsemble !== undefined)
      this.#put("ensemble", analysisEnsemble.shape, analysisEnsemble.data.slice());
    for (const [name, row] of Object.entries(scores)) if (row !== undefined) this.#put(name, [row.length], row);
    this.#put("trajectorySteps", [], Float64Array.of(trajectory?.shape[0] ?? 0));
    if (trajectory !== undefined)
      for (let k = 0; k < trajectory.shape[0]!; k++)
        this.#append("trajectory", trajectory.data.slice(k * n, (k + 1) * n));
    if (window !== undefined) this.#addWindow(window, cycle.index);
    this.cycles++;
    for (const [name, { shape, rows }] of this.#tables)
      if (!free.includes(name) && rows.length < this.cycles) rows.push(missing(shape));
  }

  #addWindow({ index, start, startStep, history, converged, bias }: WindowResult, firstCycle: number): void {
    this.#append("windows", Float64Array.of(index, firstCycle, startStep, converged ? 1 : 0));
    this.#append("windowStart", start.slice());
    if (bias !== undefined) this.#append("bias", bias.slice());
    for (const row of history) this.#append("cost", Float64Array.of(index, ...row));
  }

  #put(name: string, shape: readonly number[], row: Float64Array | undefined): void {
    if (row === undefined) return;
    const table = this.#tables.get(name) ?? { shape, rows: Array.from({ length: this.cycles }, () => missing(shape)) };
    if (row.length !== sizeOf(table.shape))
      throw new CaseError("method", `gives ${name} of ${row.length} numbers after ${sizeOf(table.shape)} before`);
    this.#tables.set(name, table);
    table.rows.push(row);
  }

  #append(name: string, row: Float64Array): void {
    const table = this.#tables.get(name) ?? { shape: [row.length], rows: [] };
    this.#tables.set(name, table);
    table.rows.push(row);
  }

  /** Forgets the cycles from `count` on. */
  truncate(count: number): void {
    const steps = this.rows("trajectorySteps").slice(0, count);
    const kept = steps.reduce((sum, [value]) => sum + (value ?? 0), 0);
    const windows = this.rows("windows").filter((row) => row[1]! < count).length;
    const lastWindow = this.rows("windows")[windows - 1]?.[0] ?? -1;
    const costs = this.rows("cost").filter((row) => row[0]! <= lastWindow).length;
    const lengths: Record<string, number> = {
      trajectory: kept,
      windows,
      windowStart: windows,
      bias: windows,
      cost: costs,
    };
    for (const [name, { rows }] of this.#tables) rows.length = Math.min(rows.length, lengths[name] ?? count);
    this.cycles = Math.min(this.cycles, count);
  }

  /** The rows of a table; none when it isn't there. */
  rows(name: string): readonly Float64Array[] {
    return this.#tables.get(name)?.rows ?? [];
  }

  /** A table as an array, its rows first. */
  array(name: string): NdArray | undefined {
    const table = this.#tables.get(name);
    if (table === undefined) return undefined;
    const size = sizeOf(table.shape);
    const data = new Float64Array(table.rows.length * size);
    table.rows.forEach((row, k) => {
      data.set(row, k * size);
    });
    return { data, shape: [table.rows.length, ...table.shape] };
  }

  /** One number of each cycle: entry `at` of a table's rows; nothing when it isn't there. */
  series(name: string, at = 0): Float64Array | undefined {
    const table = this.#tables.get(name);
    return table && Float64Array.from(table.rows, (row) => row[at]!);
  }

  /** All tables. */
  arrays(): Record<string, NdArray> {
    return Object.fromEntries(
      [...this.#tables.keys()].flatMap((name) => {
        const array = this.array(name);
        return array === undefined ? [] : [[name, array]];
      }),
    );
  }
}

function missing(shape: readonly number[]): Float64Array {
  return new Float64Array(sizeOf(shape)).fill(Number.NaN);
}

function padded(row: Float64Array, width: number): Float64Array {
  const out = new Float64Array(width).fill(Number.NaN);
  out.set(row);
  return out;
}
