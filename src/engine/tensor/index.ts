export type { ArrayLike64, NdArray, NestedNumbers } from "./ndarray.ts";
export { allFinite, sameShape, shapeText, sizeOf, toNdArray, toNested, zeros } from "./ndarray.ts";
export type { NpyDtype } from "./npy.ts";
export { readNpy, writeNpy } from "./npy.ts";
