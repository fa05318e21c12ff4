import type { NameSource } from "./names.ts";

/** Names that a piece of generated code uses but doesn't declare. */
export function freeNames(code: string): string[] {
  const declared = new Set<string>();
  for (const [, list] of code.matchAll(/\b(?:const|let) ([^;]*?);/g)) {
    for (const [, name] of list!.matchAll(/(?:^|, )([a-z]\d+)(?= =|,|$)/g)) declared.add(name!);
  }
  for (const [, name] of code.matchAll(/\b(?:const|let) ([a-z]\d+)/g)) declared.add(name!);
  const free = new Set<string>();
  for (const [name] of code.matchAll(/(?<![.\w])[a-z]\d+\b/g)) if (!declared.has(name)) free.add(name);
  return [...free];
}

/**
 * Collects the generated program: functions, and the lines of the one being written. V8 compiles functions of moderate
 * size best, so loops over steps at the outermost level and, in large programs, single loop nests become functions.
 */
export class Writer {
  readonly functions: string[] = [];
  readonly names: NameSource;
  lines: string[] = [];
  /** Lines of the longest function. */
  longest = 0;

  constructor(names: NameSource) {
    this.names = names;
  }

  push(...lines: string[]): void {
    for (const line of lines) this.lines.push(line);
  }

  /** Lines written by `write`, kept apart. */
  capture(write: () => void): string[] {
    const outer = this.lines;
    this.lines = [];
    write();
    const captured = this.lines;
    this.lines = outer;
    return captured;
  }

  /** Whether the program calls a routine. */
  uses(call: string): boolean {
    return this.lines.some((line) => line.includes(call)) || this.functions.some((text) => text.includes(call));
  }

  /** Moves what `write` writes into a function of its own and writes its call. */
  asFunction(write: () => void): void {
    const body = this.capture(write);
    const code = body.join("\n");
    const free = freeNames(code).filter((name) => !name.startsWith("k"));
    const name = this.names.next("k");
    this.longest = Math.max(this.longest, body.length);
    this.functions.push(`function ${name}(${free.join(", ")}) {\n${code}\n}`);
    this.push(`${name}(${free.join(", ")});`);
  }
}
