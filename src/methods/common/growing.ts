type Numbers = Float64Array | Int32Array;

/** A list of numbers in a buffer that is used again and again. */
export interface Growing<T extends Numbers> {
  readonly length: number;
  clear(): void;
  push(value: number): void;
  /** Makes it longer by `count` numbers of any value. */
  extend(count: number): void;
  /** Appends `count` numbers of an array from `offset` on. */
  append(from: ArrayLike<number>, offset: number, count: number): void;
  /** The list where it is: until it is cleared or grows. */
  view(): T;
}

/** A list of float64 numbers. */
export function growingFloats(): Growing<Float64Array> {
  return growing<Float64Array>(
    (length) => new Float64Array(length),
    (data, length) => data.subarray(0, length),
  );
}

/** A list of int32 numbers. */
export function growingIntegers(): Growing<Int32Array> {
  return growing<Int32Array>(
    (length) => new Int32Array(length),
    (data, length) => data.subarray(0, length),
  );
}

function growing<T extends Numbers>(make: (length: number) => T, part: (data: T, length: number) => T): Growing<T> {
  let data = make(256);
  let length = 0;
  const reserve = (wanted: number): void => {
    if (wanted <= data.length) return;
    const larger = make(Math.max(wanted, 2 * data.length));
    larger.set(data);
    data = larger;
  };
  return {
    get length() {
      return length;
    },
    clear() {
      length = 0;
    },
    push(value) {
      reserve(length + 1);
      data[length++] = value;
    },
    extend(count) {
      reserve(length + count);
      length += count;
    },
    append(from, offset, count) {
      reserve(length + count);
      for (let i = 0; i < count; i++) data[length + i] = from[offset + i]!;
      length += count;
    },
    view: () => part(data, length),
  };
}
