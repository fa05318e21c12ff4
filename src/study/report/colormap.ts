/** A colour map: 255 colours as RGB bytes. */
export type Palette = Uint8Array;

/** Viridis, perceptually even and safe for colour-blind readers: values without a natural middle. */
export const VIRIDIS: Palette = interpolate("440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725");

/** Blue, white, red: errors around zero. */
export const BLUE_RED: Palette = interpolate(
  "053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f",
);

function interpolate(anchors: string): Palette {
  const colors = anchors.split(" ").map((hex) => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));
  const palette = new Uint8Array(3 * 255);
  for (let i = 0; i < 255; i++) {
    const position = (i / 254) * (colors.length - 1);
    const before = Math.min(Math.floor(position), colors.length - 2);
    const weight = position - before;
    for (let c = 0; c < 3; c++)
      palette[3 * i + c] = Math.round((1 - weight) * colors[before]![c]! + weight * colors[before + 1]![c]!);
  }
  return palette;
}
