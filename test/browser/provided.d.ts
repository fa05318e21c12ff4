import "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** Whether the page is isolated from other origins; vitest.browser.config.ts says it. */
    readonly isolated: boolean;
  }
}
