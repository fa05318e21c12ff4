#!/usr/bin/env node
import { version } from "../study/case/version.ts";
import { nodeIo } from "./io.ts";

const io = nodeIo();
const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) io.out(`onda ${version}\n`);
else {
  const { runCli } = await import("./program.ts");
  process.exitCode = await runCli(args, io);
}
