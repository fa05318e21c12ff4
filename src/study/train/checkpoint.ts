import { FileError } from "../../engine/errors/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import { type CheckpointJson, checkpointSchema } from "./checkpoint.schema.ts";
import type { StageEpoch, TrainingCheckpoint } from "./execution.ts";

const vector = (values: readonly number[] | Float64Array): NdArray => ({
  data: Float64Array.from(values),
  shape: [values.length],
});

/**
 * A checkpoint as files. All numbers that have to come back to the bit, infinities too, are in arrays: `numbers` holds stage,
 * epoch, batch, step, sums of losses and norms, epoch and loss of the best, seconds; `finished` the epoch and loss of the best
 * of each stage before; `history` is as in the results.
 */
export function checkpointFiles({ stage, state, finished, history, seconds }: TrainingCheckpoint): {
  readonly json: CheckpointJson;
  readonly arrays: Readonly<Record<string, NdArray>>;
} {
  const { epoch, batch, step, lossSum, normSum, best, parameters, moments, seed, optimizer } = state;
  const rows = history.map((row) => [
    row.stage,
    row.epoch,
    row.loss,
    row.validationLoss ?? Number.NaN,
    row.gradientNorm,
    row.learningRate,
  ]);
  return {
    json: {
      version: 1,
      seed,
      optimizer,
      moments: moments.length,
      finished: finished.map(({ epochs, ended }) => ({ epochs, ended })),
    },
    arrays: {
      numbers: vector([stage, epoch, batch, step, lossSum, normSum, best.epoch, best.loss, seconds]),
      finished: vector(finished.flatMap((one) => [one.best.epoch, one.best.loss])),
      history: { data: Float64Array.from(rows.flat()), shape: [rows.length, 6] },
      parameters: vector(parameters),
      best: vector(best.parameters),
      ...Object.fromEntries(moments.map((moment, i) => [`moment${i}`, vector(moment)])),
    },
  };
}

/**
 * The checkpoint that files were made of.
 * @param read gives an array by its name
 * @throws FileError for files that are none of a checkpoint's
 */
export async function fromCheckpointFiles(
  json: unknown,
  read: (name: string) => Promise<NdArray>,
  name: string,
): Promise<TrainingCheckpoint> {
  const parsed = checkpointSchema.safeParse(json);
  if (!parsed.success) throw new FileError(name, "expected the checkpoint of a stopped training");
  const { seed, optimizer, finished } = parsed.data;
  const numbers = (await read("numbers")).data;
  const ends = (await read("finished")).data;
  const history = historyOf(await read("history"));
  if (numbers.length !== 9 || ends.length !== 2 * finished.length)
    throw new FileError(name, "expected the checkpoint of a stopped training, got arrays of other lengths");
  const number = (i: number): number => numbers[i]!;
  const stage = number(0);
  const moments: Float64Array[] = [];
  for (let i = 0; i < parsed.data.moments; i++) moments.push((await read(`moment${i}`)).data);
  return {
    stage,
    seconds: number(8),
    finished: finished.map((one, i) => ({ ...one, best: { epoch: ends[2 * i]!, loss: ends[2 * i + 1]! } })),
    history,
    state: {
      ...{ epoch: number(1), batch: number(2), step: number(3), lossSum: number(4), normSum: number(5) },
      history: history.filter((row) => row.stage === stage).map(({ stage: _, ...row }) => row),
      best: { epoch: number(6), loss: number(7), parameters: (await read("best")).data },
      parameters: (await read("parameters")).data,
      moments,
      seed,
      optimizer,
    },
  };
}

function historyOf({ data, shape }: NdArray): StageEpoch[] {
  return Array.from({ length: shape[0] ?? 0 }, (_, k) => {
    const [stage, epoch, loss, validationLoss, gradientNorm, learningRate] = data.subarray(6 * k, 6 * k + 6);
    return {
      stage: stage!,
      epoch: epoch!,
      loss: loss!,
      ...(!Number.isNaN(validationLoss) && { validationLoss: validationLoss! }),
      gradientNorm: gradientNorm!,
      learningRate: learningRate!,
    };
  });
}
