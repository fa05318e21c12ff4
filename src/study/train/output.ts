import { type NdArray, writeNpy } from "../../engine/tensor/index.ts";
import { caseText, type OutputFiles } from "../case/output.ts";
import { version } from "../case/version.ts";
import { checkpointFiles } from "./checkpoint.ts";
import type { TrainRun } from "./result.ts";

/** What a result of a training consists of. */
export const trainFiles: readonly string[] = [
  "summary.json",
  "train.yaml",
  "model.onnx",
  "report.html",
  "arrays",
  "checkpoint",
];

/**
 * The files of a result: summary.json, train.yaml, arrays/*.npy, model.onnx, report.html if the training asks for it, and
 * checkpoint/ for one that was stopped.
 * @param change makes the training's paths relative to the output directory
 */
export async function trainOutputFiles(run: TrainRun, change?: (file: string) => string): Promise<OutputFiles> {
  const text = caseText(run.training, change);
  const files = new Map<string, string | Uint8Array>();
  const add = (folder: string, arrays: Readonly<Record<string, NdArray>>): void => {
    for (const [name, array] of Object.entries(arrays)) files.set(`${folder}/${name}.npy`, writeNpy(array));
  };
  files.set("summary.json", trainSummaryText(run));
  files.set("train.yaml", `# Every default filled in by onda ${version}.\n${text}`);
  add("arrays", run.arrays);
  if (run.model !== undefined) files.set("model.onnx", run.model);
  if (run.training.outputs.report) {
    const { renderTrainReport } = await import("./report/index.ts");
    files.set("report.html", await renderTrainReport(run, text));
  }
  if (run.checkpoint !== undefined) {
    const { json, arrays } = checkpointFiles(run.checkpoint);
    files.set("checkpoint/checkpoint.json", `${JSON.stringify(json, null, 2)}\n`);
    add("checkpoint", arrays);
  }
  return files;
}

/** summary.json. */
export function trainSummaryText(run: TrainRun): string {
  return `${JSON.stringify(run.summary, null, 2)}\n`;
}
