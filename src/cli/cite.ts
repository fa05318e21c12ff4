import { resolve } from "node:path";
import { citeCase, setKey } from "../study/case/index.ts";
import { readCaseFile } from "../study/case/node.ts";
import { type CiteFlags, exitCodes } from "./flags.ts";
import type { Io } from "./io.ts";

/** `onda cite`: BibTeX, each entry under a line that says what of the case it is about. */
export async function cite(file: string, flags: CiteFlags, io: Io): Promise<number> {
  let config: unknown = await readCaseFile(resolve(io.cwd, file), file);
  for (const assignment of flags.set ?? []) config = setKey(config, assignment);
  const citations = citeCase(config);
  const entries = citations.map(({ uses, bibtex }) => (uses.length === 0 ? bibtex : `% ${uses.join("; ")}\n${bibtex}`));
  io.out(flags.json ? `${JSON.stringify(citations, null, 2)}\n` : `${entries.join("\n\n")}\n`);
  return exitCodes.done;
}
