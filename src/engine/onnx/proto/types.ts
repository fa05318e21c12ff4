/** Element types of tensors by their number in the format, with the bytes of one element. */
const table = [
  [1, "float", 4],
  [2, "uint8", 1],
  [3, "int8", 1],
  [4, "uint16", 2],
  [5, "int16", 2],
  [6, "int32", 4],
  [7, "int64", 8],
  [9, "bool", 1],
  [10, "float16", 2],
  [11, "double", 8],
  [12, "uint32", 4],
  [13, "uint64", 8],
  [16, "bfloat16", 2],
] as const;

/** An element type that can be read. */
export type ElementType = (typeof table)[number][1];

/** The type with a number, undefined for one that can't be read (text, complex, 4 and 8 bits). */
export function elementType(code: number): ElementType | undefined {
  return table.find(([own]) => own === code)?.[1];
}

/** Bytes of one element. */
export function elementBytes(type: ElementType): number {
  return table.find(([, name]) => name === type)?.[2] ?? 0;
}

/** Whether values of a type have derivatives. */
export function isFloating(type: ElementType): boolean {
  return type === "float" || type === "double" || type === "float16" || type === "bfloat16";
}

/** Whether a type counts: neither floating nor bool. */
export function isInteger(type: ElementType): boolean {
  return !isFloating(type) && type !== "bool";
}
