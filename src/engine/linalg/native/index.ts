export type { Blas } from "./blas.ts";
export { chooseBlas, nativeBlas, useNativeBlas } from "./choice.ts";
export type { Koffi, NativeFunction } from "./koffi.ts";
export { openBlas } from "./library.ts";
export { choleskyNatively, eigenNatively, gemmNatively, gramNatively } from "./natively.ts";
