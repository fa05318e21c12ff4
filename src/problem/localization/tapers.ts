import { box } from "./box.ts";
import { gaspariCohn } from "./gaspari-cohn.ts";
import { soar } from "./soar.ts";
import type { Taper } from "./taper.ts";

/** Name of a taper. */
export type TaperName = "gaspari-cohn" | "soar" | "box";

/** The tapers by name. */
export const tapers: Readonly<Record<TaperName, Taper>> = { "gaspari-cohn": gaspariCohn, soar, box };
