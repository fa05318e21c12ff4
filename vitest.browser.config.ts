import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

const chromium = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    // A GPU made of software.
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--enable-features=Vulkan",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

/** What makes a page isolated from other origins: it may then share memory between threads. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

function page(name: string, include: string[], headers?: Record<string, string>): TestProjectInlineConfiguration {
  return {
    optimizeDeps: { exclude: ["onnxruntime-web"] },
    server: { headers: headers ?? {} },
    test: {
      name,
      include,
      globalSetup: ["scripts/kernels.mjs", "scripts/references.mjs"],
      provide: { isolated: headers !== undefined },
      testTimeout: 60_000,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions: chromium }),
        instances: [{ browser: "chromium" }],
      },
    },
  };
}

/**
 * Tests in real pages, on the sources: `npm run test:browser`. CHROMIUM is the browser's executable. Linear algebra and workers
 * are tested in a page that is isolated from other origins, too; everything else in an ordinary one.
 */
export default defineConfig({
  test: {
    projects: [
      page("page", ["test/browser/**/*.test.ts"]),
      page("isolated page", ["test/browser/{kernels,vectors}.test.ts"], isolation),
    ],
  },
});
