import type { Io } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/program.ts";

/** What a command printed and how it ended. */
export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in a folder as a pipe would see it: without a terminal or colours, 80 columns wide, no variables set. */
export async function command(folder: string, args: readonly string[], change: Partial<Io> = {}): Promise<Printed> {
  let [out, err] = ["", ""];
  const code = await runCli([...args], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    interactive: false,
    colors: { out: false, err: false },
    columns: 80,
    cwd: folder,
    env: {},
    onInterrupt: () => () => undefined,
    ...change,
  });
  return { code, out, err };
}
