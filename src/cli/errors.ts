import { OndaError } from "../engine/errors/index.ts";
import type { Io } from "./io.ts";
import { style } from "./style.ts";

/** An error of the command line itself: a flag, a command, an argument. */
export class UsageError extends OndaError {
  constructor(place: string, message: string) {
    super("usage/invalid", place, message);
  }
}

/** Prints what went wrong, without a stack trace unless ONDA_DEBUG=1. */
export function reportError(error: unknown, io: Io): void {
  const { red } = style(io.colors.err);
  const known = error instanceof OndaError;
  const message = error instanceof Error ? error.message : String(error);
  const [first = "", ...rest] = (known ? message : `internal error: ${message}`).split("\n");
  io.err(`${red("onda:")} ${first}\n${rest.map((line) => `      ${line}\n`).join("")}`);
  if (io.env.ONDA_DEBUG === "1" && error instanceof Error && error.stack !== undefined) io.err(`${error.stack}\n`);
  else if (!known) io.err("      ONDA_DEBUG=1 shows where it comes from.\n");
}
