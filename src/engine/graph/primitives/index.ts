import type { Primitives } from "../node.ts";
import { convInputPrimitive, convPrimitive, convWeightPrimitive } from "./convolution.ts";
import { castPrimitive, clipPrimitive, elementwisePrimitives } from "./elementwise.ts";
import { choleskyPrimitive, triangularSolvePrimitive } from "./factorization.ts";
import { irfftPrimitive, rfftPrimitive } from "./fourier.ts";
import { concatPrimitive, scatterAddPrimitive, takePrimitive } from "./indexing.ts";
import { matmulPrimitive } from "./matmul.ts";
import { maxPoolPickPrimitive, maxPoolPrimitive, maxPoolScatterPrimitive } from "./pooling.ts";
import { maxPrimitive, minPrimitive, sumPrimitive } from "./reduction.ts";
import {
  broadcastPrimitive,
  padPrimitive,
  reshapePrimitive,
  reversePrimitive,
  rollPrimitive,
  slicePrimitive,
  transposePrimitive,
} from "./shape.ts";

/** The rules of every primitive. A new one is a line in `AttributeTypes`, its rules in this folder, and a line here. */
export const primitives: Primitives = {
  ...elementwisePrimitives,
  clip: clipPrimitive,
  cast: castPrimitive,
  sum: sumPrimitive,
  max: maxPrimitive,
  min: minPrimitive,
  matmul: matmulPrimitive,
  reshape: reshapePrimitive,
  transpose: transposePrimitive,
  broadcast: broadcastPrimitive,
  slice: slicePrimitive,
  reverse: reversePrimitive,
  concat: concatPrimitive,
  pad: padPrimitive,
  roll: rollPrimitive,
  take: takePrimitive,
  scatterAdd: scatterAddPrimitive,
  rfft: rfftPrimitive,
  irfft: irfftPrimitive,
  cholesky: choleskyPrimitive,
  triangularSolve: triangularSolvePrimitive,
  conv: convPrimitive,
  convInput: convInputPrimitive,
  convWeight: convWeightPrimitive,
  maxPool: maxPoolPrimitive,
  maxPoolPick: maxPoolPickPrimitive,
  maxPoolScatter: maxPoolScatterPrimitive,
};
