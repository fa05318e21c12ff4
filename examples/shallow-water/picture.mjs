// A picture of fields as one SVG file: a row of panels for each list.
import { deflateSync } from "node:zlib";

const side = 64;
const blueRed = "053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f".split(" ");
const viridis = "440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725".split(" ");

function color(anchors, share) {
  const position = Math.min(Math.max(share, 0), 1) * (anchors.length - 1);
  const k = Math.min(Math.floor(position), anchors.length - 2);
  const part = (at, c) => Number.parseInt(anchors[at].slice(c, c + 2), 16);
  return [0, 2, 4].map((c) => Math.round(part(k, c) + (position - k) * (part(k + 1, c) - part(k, c))));
}

function crc(bytes) {
  let value = ~0;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return ~value >>> 0;
}

function chunk(name, data) {
  const out = Buffer.alloc(data.length + 12);
  out.writeUInt32BE(data.length);
  out.write(name, 4, "latin1");
  out.set(data, 8);
  out.writeUInt32BE(crc(out.subarray(4, data.length + 8)), data.length + 8);
  return out;
}

/** A field as a PNG, NaN in grey. */
function png(values, [low, high], anchors) {
  const data = Buffer.alloc(side * (3 * side + 1));
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const value = values[y * side + x];
      const rgb = Number.isNaN(value) ? [210, 210, 210] : color(anchors, (value - low) / (high - low));
      data.set(rgb, y * (3 * side + 1) + 1 + 3 * x);
    }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const start = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [start, chunk("IHDR", header), chunk("IDAT", deflateSync(data)), chunk("IEND", Buffer.alloc(0))];
  return `data:image/png;base64,${Buffer.concat(parts).toString("base64")}`;
}

/** Panels of one row share a range: fields that of the first panel (the truth), errors that of the largest one. */
export function fieldsPicture(name, table) {
  const [size, gap, top] = [150, 12, 24];
  const body = table.flatMap((panels, r) => {
    const finite = (list) => list.flatMap(({ values }) => Array.from(values).filter((value) => !Number.isNaN(value)));
    const shown = finite(panels.slice(0, 1));
    const fields = [Math.min(...shown), Math.max(...shown)];
    const most = Math.max(...finite(panels.filter(({ error }) => error)).map(Math.abs));
    return panels.map(({ title, values, error }, c) => {
      const [x, y] = [gap + c * (size + gap), r * (size + top + gap + 6)];
      const [limits, anchors] = error ? [[-most, most], blueRed] : [fields, viridis];
      // The first panel of each kind says what the colours mean.
      const bounds = c === 0 || c === panels.length - 1 ? limits.map((value) => value.toPrecision(3)).join(" to ") : "";
      return (
        `<text x="${x}" y="${y + 18}" font-size="13">${title}<tspan fill="#777" font-size="9"> ${bounds}</tspan></text>` +
        `<image x="${x}" y="${y + top}" width="${size}" height="${size}" style="image-rendering:pixelated" href="${png(values, limits, anchors)}"/>`
      );
    });
  });
  const [width, height] = [gap + table[0].length * (size + gap), table.length * (size + top + gap + 6)];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif"><title>${name}</title><rect width="100%" height="100%" fill="#fff"/>${body.join("")}</svg>\n`;
}
