/** Where the command line reads from and writes to; tests give their own. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Whether progress can be drawn on the error stream. */
  readonly interactive: boolean;
  /** Whether results and errors may have colours. */
  readonly colors: { readonly out: boolean; readonly err: boolean };
  /** Columns of the terminal. */
  readonly columns: number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls back at every Ctrl-C until the returned function is called. */
  onInterrupt(handler: () => void): () => void;
}

/** The process's own streams. A reader that goes away early, such as head, is no error. */
export function nodeIo(): Io {
  const { stdout, stderr, env } = process;
  for (const stream of [stdout, stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  const plain = (env.NO_COLOR ?? "") !== "" || env.TERM === "dumb";
  return {
    out: (text) => {
      stdout.write(text);
    },
    err: (text) => {
      stderr.write(text);
    },
    interactive: stderr.isTTY === true && env.TERM !== "dumb",
    colors: { out: stdout.isTTY === true && !plain, err: stderr.isTTY === true && !plain },
    columns: stderr.columns ?? 80,
    cwd: process.cwd(),
    env,
    onInterrupt(handler) {
      process.on("SIGINT", handler);
      return () => {
        process.off("SIGINT", handler);
      };
    },
  };
}
