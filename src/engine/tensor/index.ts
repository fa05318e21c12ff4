export type { ArrayLike64, NdArray, NestedNumbers } from "./ndarray.ts";
export { sameShape, shapeText, sizeOf, toNdArray, toNested, zeros } from "./ndarray.ts";
