import { OnnxError } from "../../errors/index.ts";

/** What is read, for messages. */
export interface Source {
  /** The file's name. */
  readonly name: string;
}

/** How a field is stored: a varint, 8 bytes, bytes with their length, 4 bytes. */
type WireType = 0 | 1 | 2 | 5;

const text = new TextDecoder("utf-8");

/**
 * Reads one protobuf message: a sequence of fields inside `bytes`. Every length is checked against the bytes that are left
 * before anything is made of it; nothing is copied.
 */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #source: Source;
  #at = 0;
  #wire: WireType = 0;

  constructor(bytes: Uint8Array, source: Source) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#source = source;
  }

  /** The next field's number, undefined at the end. */
  next(): number | undefined {
    if (this.#at === this.#bytes.length) return undefined;
    const { low, high } = this.#varint();
    const wire = low & 7;
    const field = (low >>> 3) + (high & 7) * 2 ** 29;
    if (field === 0 || high > 7 || (wire !== 0 && wire !== 1 && wire !== 2 && wire !== 5))
      throw this.fail("is not an ONNX file, or it is damaged: a field of unknown form");
    this.#wire = wire;
    return field;
  }

  /** Passes over the present field. */
  skip(): void {
    if (this.#wire === 0) this.#varint();
    else if (this.#wire === 1) this.#take(8);
    else if (this.#wire === 2) this.#take(this.#length());
    else this.#take(4);
  }

  /** The present field as a signed integer (beyond 2⁵³ the nearest double). */
  integer(): number {
    this.#expect(0);
    return this.#integer();
  }

  /** The present field's bytes. */
  bytes(): Uint8Array {
    this.#expect(2);
    return this.#take(this.#length());
  }

  string(): string {
    return text.decode(this.bytes());
  }

  /** The present field as a message of its own. */
  message(): WireReader {
    return new WireReader(this.bytes(), this.#source);
  }

  float(): number {
    this.#expect(5);
    const at = this.#at;
    this.#take(4);
    return this.#view.getFloat32(at, true);
  }

  /** Adds the present field, one integer or a packed list of them. */
  integers(into: number[]): void {
    if (this.#wire !== 2) into.push(this.integer());
    else for (const packed = this.message(); packed.#at < packed.#bytes.length; ) into.push(packed.#integer());
  }

  /** Adds the present field, one 32-bit float or a packed list. */
  floats(into: number[]): void {
    if (this.#wire !== 2) into.push(this.float());
    else this.#packed(4, (view, at) => into.push(view.getFloat32(at, true)));
  }

  /** Adds the present field, one 64-bit float or a packed list. */
  doubles(into: number[]): void {
    if (this.#wire === 2) this.#packed(8, (view, at) => into.push(view.getFloat64(at, true)));
    else {
      this.#expect(1);
      const at = this.#at;
      this.#take(8);
      into.push(this.#view.getFloat64(at, true));
    }
  }

  fail(message: string): OnnxError {
    return new OnnxError(this.#source.name, message, "onnx/damaged");
  }

  #packed(width: number, read: (view: DataView, at: number) => void): void {
    const { view, length } = { view: this.message().#view, length: this.#view.byteLength };
    if (view.byteLength % width !== 0 || view.byteLength > length)
      throw this.fail(`is damaged: ${view.byteLength} bytes of packed numbers of ${width} bytes`);
    for (let at = 0; at < view.byteLength; at += width) read(view, at);
  }

  #expect(wire: WireType): void {
    if (this.#wire !== wire) throw this.fail("is not an ONNX file, or it is damaged: a field is of another type");
  }

  #length(): number {
    const { low, high } = this.#varint();
    const length = high * 2 ** 32 + low;
    const left = this.#bytes.length - this.#at;
    if (length > left) throw this.fail(`is truncated or damaged: ${length} bytes were announced, ${left} are left`);
    return length;
  }

  #take(length: number): Uint8Array {
    const left = this.#bytes.length - this.#at;
    if (length > left) throw this.fail(`is truncated or damaged: ${length} bytes were expected, ${left} are left`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #integer(): number {
    const { low, high } = this.#varint();
    return (high | 0) * 2 ** 32 + low;
  }

  /** The two unsigned halves of a varint of at most ten bytes. */
  #varint(): { low: number; high: number } {
    let [low, high] = [0, 0];
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw this.fail("is truncated: it ends inside a number");
      this.#at++;
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else if (shift < 63) high |= bits << (shift - 32);
      else high |= (bits & 1) << 31;
      if (byte < 128) return { low: low >>> 0, high: high >>> 0 };
    }
    throw this.fail("is not an ONNX file, or it is damaged: a number of more than ten bytes");
  }
}
