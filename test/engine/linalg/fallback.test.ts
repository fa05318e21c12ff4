import { beforeAll } from "vitest";
import { useKernels } from "../../../src/engine/linalg/wasm/index.ts";

// The tests of what has kernels, once more without them: this file has modules of its own.
beforeAll(() => {
  useKernels(false);
});

await import("./products.test.ts");
await import("./factorizations.test.ts");
await import("./spectral.test.ts");
await import("./fft.test.ts");
