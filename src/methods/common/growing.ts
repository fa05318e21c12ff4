type Numbers = Float64Array | Int32Array;

/** A list of numbers in a buffer that is used again and again. */
export interface Growing<T extends Numbers> {
  readonly length: number;
  clear(): void;
  push(value: number): void;
  /** Appends `count` numbers of an array from `offset` on. */
  append(from: ArrayLike<number>, offset: number, count: number): void;
  /** A copy of the list. */
  copy(): T;
}

/** A growing list in arrays that `make` makes. */
export function growing<T extends Numbers>(make: (length: number) => T): Growing<T> {
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
    append(from, offset, count) {
      reserve(length + count);
      for (let i = 0; i < count; i++) data[length + i] = from[offset + i]!;
      length += count;
    },
    copy() {
      const out = make(length);
      out.set(data.subarray(0, length));
      return out;
    },
  };
}
