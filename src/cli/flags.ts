/** Exit codes: done; the run or a test failed; bad input. */
export const exitCodes: { readonly done: 0; readonly failed: 1; readonly input: 2 } = { done: 0, failed: 1, input: 2 };

/** What the flags of `onda run` give. */
export interface RunFlags {
  readonly out?: string;
  readonly seed?: string;
  readonly set?: readonly string[];
  readonly executor?: string;
  readonly dtype?: string;
  readonly device?: string;
  readonly threads?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly modules: boolean;
  readonly resume?: boolean;
}

/** What the flags of `onda check` give. */
export interface CheckFlags {
  readonly input?: readonly string[];
  readonly cotangent?: readonly string[];
  readonly tangent?: readonly string[];
  readonly shape?: readonly string[];
  readonly dtype?: string;
  readonly seed?: string;
  readonly out?: string;
  readonly modules: boolean;
}

/** What the flags of `onda cite` give. */
export interface CiteFlags {
  readonly set?: readonly string[];
  readonly json?: boolean;
}
