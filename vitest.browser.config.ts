import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

/** Tests in a real page, on the sources: `npm run test:browser`. CHROMIUM is the browser's executable. */
export default defineConfig({
  optimizeDeps: { exclude: ["onnxruntime-web"] },
  test: {
    include: ["test/browser/**/*.test.ts"],
    globalSetup: ["scripts/kernels.mjs"],
    testTimeout: 60_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
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
        },
      }),
      instances: [{ browser: "chromium" }],
    },
  },
});
