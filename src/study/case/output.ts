import { Document, isScalar, visit } from "yaml";
import { type NdArray, writeNpy } from "../../engine/tensor/index.ts";
import type { CaseRun, Checkpoint } from "./execution.ts";
import { mapPaths } from "./paths.ts";
import { version } from "./version.ts";

/** Files of a result by their paths in the output directory. */
export type OutputFiles = ReadonlyMap<string, string | Uint8Array>;

const schemaComment = "# yaml-language-server: $schema=./node_modules/onda-da/schema/case.schema.json\n";

/** A case as YAML, with its paths changed. */
export function caseText(config: object, change: (file: string) => string = (file) => file): string {
  const document = new Document(mapPaths(config, change), { version: "1.2", schema: "core" });
  visit(document, {
    Seq: (_, node) => {
      if (node.items.every(isScalar)) node.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/**
 * The files of a result: summary.json, case.yaml, arrays/*.npy, report.html if the case asks for it, and checkpoint/ for
 * a run that was stopped.
 * @param change makes the case's paths relative to the output directory
 */
export async function outputFiles(run: CaseRun, change?: (file: string) => string): Promise<OutputFiles> {
  const text = caseText(run.case, change);
  const files = new Map<string, string | Uint8Array>();
  files.set("summary.json", summaryText(run));
  files.set("case.yaml", `${schemaComment}# Every default filled in by onda ${version}.\n${text}`);
  for (const [name, array] of Object.entries(run.arrays)) files.set(`arrays/${name}.npy`, writeNpy(array));
  if (run.case.outputs.report) {
    const { renderReport } = await import("../report/index.ts");
    files.set("report.html", await renderReport(run.report(text)));
  }
  if (run.checkpoint !== undefined) addCheckpoint(files, run.checkpoint);
  return files;
}

/** summary.json. */
export function summaryText(run: CaseRun): string {
  return `${JSON.stringify(run.summary, null, 2)}\n`;
}

function addCheckpoint(files: Map<string, string | Uint8Array>, { after, seconds, state, record }: Checkpoint): void {
  const add = (folder: string, arrays: Readonly<Record<string, NdArray>>): void => {
    for (const [name, array] of Object.entries(arrays)) files.set(`checkpoint/${folder}/${name}.npy`, writeNpy(array));
  };
  const names = { state: Object.keys(state), record: Object.keys(record) };
  files.set("checkpoint/checkpoint.json", `${JSON.stringify({ version: 1, after, seconds, ...names }, null, 2)}\n`);
  add("state", state);
  add("record", record);
}
