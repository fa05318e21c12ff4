import { expect, it, vi } from "vitest";
import { bareRun, inputOf } from "./runs.ts";

vi.mock("@observablehq/plot", () => {
  throw new Error("Plot was loaded");
});

it("loads the plotting library when a report is rendered, not before", async () => {
  const { renderReport } = await import("../../../src/study/report/index.ts");
  await expect(renderReport(inputOf(bareRun(3, 3)))).rejects.toThrow();
});
