import type { NdArray } from "../../engine/tensor/index.ts";
import type { MethodState } from "../../methods/method.ts";
import type { Truth } from "../cycle/index.ts";
import type { ReportInput } from "../report/index.ts";
import type { CaseProblem } from "./problem.ts";
import type { RunRecord } from "./record.ts";
import type { RunStatus, RunSummary } from "./summary.ts";
import type { Case } from "./types.ts";

/** A stopped run, put away. */
export interface Checkpoint {
  /** The last cycle (0-based) that is finished. */
  readonly after: number;
  /** The method's state after it. */
  readonly state: MethodState;
  /** Everything recorded until then. */
  readonly record: Readonly<Record<string, NdArray>>;
  /** Seconds until then. */
  readonly seconds: number;
}

/** What came out of running the cycles. */
export interface Execution {
  readonly status: RunStatus;
  readonly error?: Error;
  readonly truth?: Truth | undefined;
  readonly observations?: readonly Float64Array[];
  readonly forecast?: NdArray;
  /** The last state from which the method can go on. */
  readonly saved?: { readonly after: number; readonly state: MethodState };
}

/** What running a case gave. */
export interface CaseRun {
  /** The case with every default filled in. */
  readonly case: Case;
  readonly status: RunStatus;
  /** Why it failed. */
  readonly error?: Error;
  readonly summary: RunSummary;
  /** The arrays that the case asks for, by the names of their files. */
  readonly arrays: Readonly<Record<string, NdArray>>;
  /** What a report is made of, given the case's text. */
  report(caseText: string): ReportInput;
  /** What a stopped run can be resumed from. */
  readonly checkpoint?: Checkpoint;
  /** Remarks about the result. */
  readonly notes: readonly string[];
}

/** All that is known of a run when it ends. */
export interface FinishInput extends Execution {
  readonly config: Case;
  readonly problem: CaseProblem;
  readonly record: RunRecord;
  /** What is said of how it was computed. */
  readonly notes: readonly string[];
  readonly seconds: number;
  readonly compileSeconds: number;
  readonly peakMemoryBytes: number | undefined;
}
