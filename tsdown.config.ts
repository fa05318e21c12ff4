import { defineConfig } from "tsdown";

export default defineConfig({
  entry: ["src/index.ts", "src/cli/main.ts"],
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
