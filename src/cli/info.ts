import { resolve } from "node:path";
import { closest, type VocabularyKind, version, vocabulary, vocabularyKinds, type Word } from "../study/case/index.ts";
import { UsageError } from "./errors.ts";
import { exitCodes } from "./flags.ts";
import type { Io } from "./io.ts";
import { executorsText, linalgText, machineLines, thisMachine } from "./machine.ts";
import { exists } from "./run.ts";
import { type Style, style } from "./style.ts";

/** Columns of the names before a list. */
const WIDTH = 16;

/** `onda info`. */
export async function info(what: string | undefined, io: Io): Promise<number> {
  const paint = style(io.colors.out);
  const kind = vocabularyKinds.find((name) => name === what);
  if (what === undefined) io.out(await overview(paint));
  else if (what === "machine") io.out(await machine(paint));
  else if (kind !== undefined) io.out(words(kind, paint));
  else io.out(await caseOrRefusal(what, io, paint));
  return exitCodes.done;
}

async function overview({ bold, dim }: Style): Promise<string> {
  const { executors, linalg } = await thisMachine();
  const lines = [`${bold(`onda ${version}`)} on Node ${process.versions.node}`, ""];
  for (const kind of vocabularyKinds) {
    const names = vocabulary(kind).map(({ name }) => name);
    lines.push(`${kind.padEnd(WIDTH)}${names.join(", ")}`);
  }
  lines.push(
    `${"executors".padEnd(WIDTH)}${executorsText(executors)}`,
    `${"linear algebra".padEnd(WIDTH)}${linalgText(linalg)}`,
    "",
    dim("onda info methods: each with its options; onda info machine: what is in use here"),
  );
  return `${lines.join("\n")}\n`;
}

async function machine({ bold }: Style): Promise<string> {
  const lines = machineLines(await thisMachine()).map(([name, text]) => `${bold(name.padEnd(WIDTH))}${text}`);
  return `${lines.join("\n")}\n`;
}

function words(kind: VocabularyKind, { bold, dim }: Style): string {
  const all = vocabulary(kind);
  const width = Math.max(...all.flatMap(({ options }) => options.map(({ name }) => name.length)), 0) + 4;
  const entry = ({ name, meaning, options }: Word): string => {
    const lines = options.map((option) => {
      const standard = option.required
        ? "required"
        : option.default === undefined
          ? "optional"
          : `default ${option.default}`;
      const remark = [standard, option.unit === undefined ? "" : `unit: ${option.unit}`, option.takes].filter(
        (text) => text !== "",
      );
      return `  ${option.name.padEnd(width - 2)}${option.meaning}\n${" ".repeat(width)}${dim(remark.join("; "))}`;
    });
    return [`${bold(name)}  ${meaning}`, ...lines].join("\n");
  };
  return `${all.map(entry).join("\n\n")}\n`;
}

async function caseOrRefusal(file: string, io: Io, paint: Style): Promise<string> {
  const path = resolve(io.cwd, file);
  if (!(await exists(path))) {
    const meant = closest(file, [...vocabularyKinds, "machine"]);
    throw new UsageError(
      file,
      `expected ${vocabularyKinds.join(", ")}, machine or a case file, and there is no such file${meant === undefined ? "" : `; did you mean ${meant}?`}`,
    );
  }
  return (await import("./info-case.ts")).describeCase(path, file, io, paint);
}
