import { Command, CommanderError } from "commander";
import { OndaError } from "../engine/errors/index.ts";
import { version } from "../study/case/version.ts";
import { reportError, UsageError } from "./errors.ts";
import { type CheckFlags, type CiteFlags, exitCodes, type RunFlags } from "./flags.ts";
import type { Io } from "./io.ts";

/** Runs the command line and gives its exit code. Nothing is printed but through `io`. */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  let code: number = exitCodes.done;
  const program = build(io, (result) => {
    code = result;
  });
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.done;
      reportError(usageError(error), io);
      return exitCodes.input;
    }
    reportError(error, io);
    const failed = ["file/write", "numerical/blow-up"];
    return error instanceof OndaError && !failed.includes(error.code) ? exitCodes.input : exitCodes.failed;
  }
}

function build(io: Io, done: (code: number) => void): Command {
  const program = new Command("onda")
    .description("Data assimilation: combine a model with observations.")
    .version(`onda ${version}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: () => undefined,
      getOutHelpWidth: () => io.columns,
      getErrHelpWidth: () => io.columns,
    })
    .showSuggestionAfterError(true)
    .addHelpText("after", "\nA case file says what is assimilated and how. Begin with: onda init")
    .exitOverride();
  program
    .command("run")
    .description("run a case file and write its results")
    .argument("<CASE>", "case file, YAML or JSON")
    .option("--out <DIR>", "folder for the results (default: runs/<name of the case file>)")
    .option("--seed <N>", "another seed")
    .option("--set <KEY=VALUE>", "another value for a key, such as method.members=20; may be repeated", collect)
    .option("--executor <E>", "what runs the models: auto, js, wasm or ort")
    .option("--dtype <T>", "type of the numbers: float64 or float32")
    .option("--device <D>", "the device: cpu, gpu or auto")
    .option("--threads <N>", "number of threads (default: all cores, unless the case says)")
    .option("--json", "print summary.json instead of a table")
    .option("--quiet", "print errors alone")
    .option("--no-modules", "refuse cases that bring code of their own")
    .option("--resume", "go on with a run that was stopped")
    .action(async (file: string, options: RunFlags) => {
      (await import("./machine.ts")).checkMachine(io);
      done(await (await import("./run.ts")).run(file, options, io));
    });
  program
    .command("train")
    .description("train a surrogate and write it as an .onnx file")
    .argument("<TRAIN>", "training file, YAML or JSON")
    .option("--out <DIR>", "folder for the results (default: runs/<name of the training file>)")
    .option("--seed <N>", "another seed")
    .option("--set <KEY=VALUE>", "another value for a key, such as training.0.epochs=20; may be repeated", collect)
    .option("--executor <E>", "what runs the training: auto, js or ort")
    .option("--dtype <T>", "type of the numbers: float64 or float32")
    .option("--threads <N>", "number of threads of ort")
    .option("--json", "print summary.json instead of a table")
    .option("--quiet", "print errors alone")
    .option("--no-modules", "refuse trainings that bring code of their own")
    .option("--resume", "go on with a training that was stopped")
    .action(async (file: string, options: RunFlags) => {
      (await import("./machine.ts")).checkMachine(io);
      done(await (await import("./train.ts")).train(file, options, io));
    });
  program
    .command("check")
    .description("test the derivatives of a network and tell what is in it, or test all parts of a case")
    .argument("<FILE>", "network, an .onnx file, or case file, YAML or JSON")
    .option("--input <[NAME=]FILE>", "values of an input, a .npy file; may be repeated", collect)
    .option("--cotangent <[NAME=]FILE>", "what the adjoint is applied to, by output; may be repeated", collect)
    .option("--tangent <[NAME=]FILE>", "what the tangent is applied to, by input; may be repeated", collect)
    .option("--shape <[NAME=]N,N>", "shape of an input; open extents are 1; may be repeated", collect)
    .option("--dtype <T>", "type of the numbers: float64 or float32")
    .option("--seed <N>", "where random inputs and directions come from (default: 0)")
    .option("--out <DIR>", "folder for output.npy and, with vectors given, vjp.npy and jvp.npy")
    .option("--no-modules", "refuse cases that bring code of their own")
    .action(async (file: string, options: CheckFlags) =>
      done(await (await import("./check.ts")).check(file, options, io)),
    );
  program
    .command("estimate")
    .description("run a case and estimate its covariances B and R from what it departs by")
    .argument("<CASE>", "case file, YAML or JSON")
    .option("--out <DIR>", "folder for the estimates (default: estimates/<name of the case file>)")
    .option("--seed <N>", "another seed")
    .option("--set <KEY=VALUE>", "another value for a key, such as method.members=20; may be repeated", collect)
    .option("--json", "print summary.json instead of a table")
    .option("--quiet", "print errors alone")
    .option("--no-modules", "refuse cases that bring code of their own")
    .action(async (file: string, options: RunFlags) =>
      done(await (await import("./estimate.ts")).estimate(file, options, io)),
    );
  program
    .command("cite")
    .description("print BibTeX of what a case stands on: its model, method, covariances and options")
    .argument("<CASE>", "case file, YAML or JSON")
    .option("--set <KEY=VALUE>", "another value for a key, such as method.name=denkf; may be repeated", collect)
    .option("--json", "print a list of key, uses and BibTeX")
    .action(async (file: string, options: CiteFlags) =>
      done(await (await import("./cite.ts")).cite(file, options, io)),
    );
  program
    .command("info")
    .description("what there is: models, methods, operators, minimizers; this machine; or what a case file says")
    .argument("[WHAT]", "models, methods, operators, minimizers, machine or a case file")
    .action(async (what: string | undefined) => done(await (await import("./info.ts")).info(what, io)));
  program
    .command("init")
    .description("write a commented case file to begin with")
    .argument("[NAME]", "name of the file", "case")
    .action(async (name: string) => done(await (await import("./init.ts")).init(name, io)));
  for (const command of program.commands) command.helpOption("-h, --help", "print this help");
  return program;
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** The argument parser's message in our own form. */
function usageError(error: CommanderError): UsageError {
  if (error.code === "commander.help") return new UsageError("help", "there is no such command; see onda --help");
  const text = error.message.replace(/^error: /, "").trim();
  const [line = "", hint] = text.split("\n");
  const meant = /Did you mean (?:one of )?(.+?)\?\)?$/.exec(hint ?? "")?.[1];
  const suggestion = meant === undefined ? "" : `; did you mean ${meant}?`;
  const unknown = /^unknown (option|command) '(.+)'$/.exec(line);
  if (unknown !== null) {
    const [, kind = "", name = ""] = unknown;
    return new UsageError(name, `unknown ${kind}${suggestion || "; see onda --help"}`);
  }
  const missing = /^missing required argument '(.+)'$/.exec(line)?.[1];
  if (missing !== undefined) return new UsageError(missing, "missing; see onda --help");
  const bare = /^option '.*?(--[\w-]+).*' argument missing$/.exec(line)?.[1];
  if (bare !== undefined) return new UsageError(bare, "expected a value after it, got nothing");
  const many = /^too many arguments for '(.+)'\. Expected (\d+) .* got (\d+)/.exec(line);
  if (many !== null) return new UsageError(`${many[1]}`, `expected ${many[2]} argument, got ${many[3]}`);
  return new UsageError("", `${line}${suggestion}`);
}
