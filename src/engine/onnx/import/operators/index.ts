import type { Rule } from "../call.ts";
import { activationOperators } from "./activations.ts";
import { attentions } from "./attention.ts";
import { recurrentOperators } from "./cells.ts";
import { constants } from "./constants.ts";
import { control } from "./control.ts";
import { convolutions } from "./convolution.ts";
import { elementwise } from "./elementwise.ts";
import { fourier } from "./fourier.ts";
import { indexing } from "./indexing.ts";
import { layout } from "./layout.ts";
import { normalizations } from "./normalization.ts";
import { poolings } from "./pooling.ts";
import { products } from "./products.ts";
import { reductions } from "./reductions.ts";
import { resizing } from "./resize.ts";
import { sampling } from "./sampling.ts";
import { shapes } from "./shape.ts";
import { slicing } from "./slicing.ts";

/** Every operator that can be read, by name. A new one is a rule in its family's file. */
export const operators: Readonly<Record<string, Rule>> = {
  ...elementwise,
  ...activationOperators,
  ...products,
  ...attentions,
  ...convolutions,
  ...poolings,
  ...normalizations,
  ...reductions,
  ...shapes,
  ...constants,
  ...indexing,
  ...slicing,
  ...layout,
  ...resizing,
  ...fourier,
  ...sampling,
  ...recurrentOperators,
  ...control,
};
