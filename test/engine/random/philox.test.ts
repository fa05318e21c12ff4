import { expect, it } from "vitest";
import { philox4x32 } from "../../../src/engine/random/philox.ts";

// The known answers that the authors distribute with Random123 (philox4x32, 10 rounds).
it.each([
  [[0, 0, 0, 0, 0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
  [[-1, -1, -1, -1, -1, -1], "408f276d 41c83b0e a20bc7c6 6d5451fd"],
  [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0], "d16cfe09 94fdcceb 5001e420 24126ea1"],
] as [[number, number, number, number, number, number], string][])("philox4x32%j", (key, expected) => {
  const hex = philox4x32(...key).map((word) => (word >>> 0).toString(16).padStart(8, "0"));
  expect(hex.join(" ")).toBe(expected);
});
