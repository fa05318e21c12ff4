import { expect, it } from "vitest";
import { distance, twinRun } from "../../browser/twin.ts";

it("the twin experiment that is run in a page too", async () => {
  expect(distance(await twinRun())).toBeLessThan(1e-9);
});
