export { type Citation, citeCase } from "./cite.ts";
export { checkCase } from "./conformance.ts";
export {
  type CaseEstimate,
  type EstimatedDeviation,
  type EstimateSummary,
  type Estimates,
  type EstimationMethod,
  estimateCase,
} from "./estimate/index.ts";
export type { CaseRun, Checkpoint } from "./execution.ts";
export { type LoadCaseOptions, type LoadedCase, loadCase } from "./load.ts";
export { readNetwork } from "./network-file.ts";
export { caseText, type OutputFiles, outputFiles, summaryText } from "./output.ts";
export { parseCase } from "./parse.ts";
export type { CaseProblem } from "./problem.ts";
export type { CaseReader } from "./reader.ts";
export { caseJsonSchema, resolveCase } from "./resolve.ts";
export { type Progress, type RunCaseOptions, runCase } from "./run.ts";
export { setKey } from "./set.ts";
export { starterCase } from "./starter.ts";
export { closest } from "./suggest.ts";
export type { RunStatus, RunSummary } from "./summary.ts";
export type { ModuleLoader } from "./tools.ts";
export type { Case } from "./types.ts";
export { version } from "./version.ts";
export { type VocabularyKind, vocabulary, vocabularyKinds, type Word, type WordOption } from "./vocabulary.ts";
