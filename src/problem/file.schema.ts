import { z } from "zod";

/** A file named in a case; its path is relative to the case file's folder. */
export interface FileReference {
  readonly file: string;
}

/** The path of a file. */
export const pathSchema: z.ZodType<string> = z
  .string()
  .min(1)
  .meta({ description: "path, relative to the case file's folder", expected: "the path of a file" });

/** `{ file: x.npy }`. */
export const fileSchema: z.ZodType<FileReference> = z
  .strictObject({ file: pathSchema })
  .meta({ expected: "{ file: x.npy }" });
