import { afterAll, beforeAll, expect, it } from "vitest";
import { linalgText } from "../../src/cli/machine.ts";
import { command, type Printed } from "./command.ts";

// This file has modules of its own: the native library is looked for once.
const path = "/no/such/library.so";
const before = process.env.ONDA_BLAS;
beforeAll(() => {
  process.env.ONDA_BLAS = path;
});
afterAll(() => {
  process.env.ONDA_BLAS = before;
});

const onda = (...args: string[]): Promise<Printed> => command("/", args, { env: { ONDA_BLAS: path } });

it("onda info machine says why a native library can't be used", async () => {
  const { code, out } = await onda("info", "machine");
  expect(code).toBe(0);
  expect(out).toMatch(
    /^linear algebra {2}WebAssembly kernels; ONDA_BLAS: .*(expected the path of an OpenBLAS|needs the package koffi)/m,
  );
});

it.each(["run", "train"])("onda %s refuses it before it begins", async (command) => {
  const { code, out, err } = await onda(command, "case.yaml");
  expect([code, out]).toEqual([2, ""]);
  expect(err).toMatch(/^onda: ONDA_BLAS: .*"\/no\/such\/library.so"/);
});

it("linalgText names a library that is in use", () => {
  const native = { name: "OpenBLAS 0.3.21 (Zen)", path: "/usr/lib/libopenblas.so.0" };
  expect(linalgText({ kernels: true, native })).toBe(
    "WebAssembly kernels; OpenBLAS 0.3.21 (Zen), /usr/lib/libopenblas.so.0, for large matrices (ONDA_BLAS=off: never)",
  );
});
