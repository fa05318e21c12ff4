import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/browser/**", "node_modules/**"],
    globalSetup: ["scripts/kernels.mjs", "scripts/references.mjs"],
    // The same bytes on every machine, whether it has a native library or not.
    env: { ONDA_BLAS: "off" },
    testTimeout: 120_000,
    coverage: { provider: "v8", include: ["src/**"] },
  },
});
