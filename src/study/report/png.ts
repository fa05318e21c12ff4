import type { Palette } from "./colormap.ts";

/** Index of the 256th palette entry: fully transparent, for missing values. */
const MISSING = 255;

/** A picture of numbers, row 0 on top. */
export interface Picture {
  readonly values: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
  /** Values of the first and the last colour. */
  readonly range: readonly [number, number];
}

/**
 * A `data:` address of a PNG with one pixel per number: 8-bit palette, uncompressed, so that it needs no library;
 * NaN is transparent. Size about 4/3 of `width · height` bytes plus 1.5 kB.
 */
export function pngAddress({ values, width, height, range }: Picture, palette: Palette): string {
  const rows = new Uint8Array((width + 1) * height);
  const scale = range[1] > range[0] ? 254 / (range[1] - range[0]) : 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const value = values[y * width + x]!;
      const index = scale === 0 ? 127 : Math.round((value - range[0]) * scale);
      rows[y * (width + 1) + 1 + x] = Number.isNaN(value) ? MISSING : Math.min(Math.max(index, 0), 254);
    }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 3, 0, 0, 0], 8);
  const colors = new Uint8Array(3 * 256);
  colors.set(palette);
  const opacity = new Uint8Array(256).fill(255);
  opacity[MISSING] = 0;
  const bytes = concatenate([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", header),
    chunk("PLTE", colors),
    chunk("tRNS", opacity),
    chunk("IDAT", zlibStored(rows)),
    chunk("IEND", new Uint8Array(0)),
  ]);
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return `data:image/png;base64,${btoa(text)}`;
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length + 12);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) out[4 + i] = name.charCodeAt(i);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)));
  return out;
}

/** A zlib stream of stored blocks (at most 65 535 bytes each). */
function zlibStored(data: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let start = 0; start === 0 || start < data.length; start += 65_535) {
    const block = data.subarray(start, start + 65_535);
    const head = new Uint8Array(5);
    const view = new DataView(head.buffer);
    head[0] = start + block.length >= data.length ? 1 : 0;
    view.setUint16(1, block.length, true);
    view.setUint16(3, ~block.length & 0xffff, true);
    parts.push(head, block);
  }
  let a = 1;
  let b = 0;
  for (const byte of data) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  parts.push(Uint8Array.of(b >>> 8, b & 255, a >>> 8, a & 255));
  return concatenate(parts);
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}
