export * from "./engine/errors/index.ts";
export * from "./engine/tensor/index.ts";
