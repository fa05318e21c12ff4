export type { ReportInput, ReportRun } from "./input.ts";
export { renderReport } from "./render.ts";
