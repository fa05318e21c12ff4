import { defineConfig } from "tsdown";

export default defineConfig({
  entry: [
    "src/index.ts",
    "src/cli/main.ts",
    "src/engine/execute/parallel/worker.ts",
    "src/engine/nn/index.ts",
    "src/engine/onnx/index.ts",
    "src/study/case/index.ts",
    "src/study/case/node.ts",
    "src/study/report/index.ts",
    "src/study/train/index.ts",
    "src/study/torchda/index.ts",
    "src/diagnostics/index.ts",
    "src/diagnostics/testing/index.ts",
  ],
  format: "esm",
  platform: "neutral",
  target: "es2022",
  dts: { oxc: true },
  clean: true,
  unbundle: true,
  sourcemap: false,
  deps: { neverBundle: [/^node:/] },
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
});
