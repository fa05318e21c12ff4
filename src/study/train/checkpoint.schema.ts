import { z } from "zod";

/** checkpoint.json of a training: what isn't in arrays. */
export interface CheckpointJson {
  readonly version: 1;
  readonly seed: number;
  readonly optimizer: string;
  readonly moments: number;
  readonly finished: readonly { readonly epochs: number; readonly ended: "epoch-limit" | "early-stop" | "stopped" }[];
}

/** checkpoint.json. */
export const checkpointSchema: z.ZodType<CheckpointJson> = z.strictObject({
  version: z.literal(1),
  seed: z.int().min(0),
  optimizer: z.string(),
  moments: z.int().min(0).max(8),
  finished: z.array(
    z.strictObject({ epochs: z.int().min(0), ended: z.enum(["epoch-limit", "early-stop", "stopped"]) }),
  ),
});
