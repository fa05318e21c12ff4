import fc from "fast-check";
import { describe, expectTypeOf, it } from "vitest";
import { CaseError } from "../../../src/engine/errors/index.ts";
import { type Case, type CaseRun, parseCase, resolveCase, runCase } from "../../../src/study/case/index.ts";
import { caseWith, type Json } from "./cases.ts";

const paths = [
  "title",
  "seed",
  "model",
  "model.name",
  "initial",
  "initial.mean",
  "initial.covariance",
  "observations.every",
  "observations.operator",
  "observations.error",
  "observations.times",
  "observations.values",
  "method",
  "method.name",
  "method.members",
  "outputs.save",
  "burnIn",
  "truth",
  "compute",
];

function onlyCaseErrors(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof CaseError) || error.message.includes("undefined")) throw error;
  }
}

describe("whatever stands in a case", () => {
  it("is resolved, or refused by a CaseError", () => {
    const entry = fc.constantFrom(...paths);
    fc.assert(
      fc.property(entry, fc.jsonValue({ maxDepth: 3 }), (path, value) => {
        const changes: Json = { [path]: value };
        onlyCaseErrors(() => resolveCase(resolveCase(caseWith(changes))));
      }),
      { numRuns: 500 },
    );
  });

  it("is read, or refused by a CaseError", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ab:-[]{},&*!|>'\"%@#\n \t0.") }), (text) =>
        onlyCaseErrors(() => parseCase(text)),
      ),
      { numRuns: 1000 },
    );
  });
});

it("types", () => {
  expectTypeOf(resolveCase).returns.toEqualTypeOf<Case>();
  expectTypeOf(runCase).returns.resolves.toEqualTypeOf<CaseRun>();
  expectTypeOf<Case["method"]["name"]>().toEqualTypeOf<string>();
  expectTypeOf<CaseRun["status"]>().toEqualTypeOf<"done" | "stopped" | "failed">();
});
