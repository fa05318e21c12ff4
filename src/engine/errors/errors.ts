/**
 * Errors: one class per family, each with a stable `code`. A message names the argument, what was expected, what came
 * and, where it is not plain, what to do. `place` is the argument or key path the message is about.
 */

/** The base of every error that Onda throws on purpose. */
export class OndaError extends Error {
  /** Stable, machine-readable: `family/detail`, for instance `shape/mismatch`. */
  readonly code: string;
  /** The argument, key path or file that the error is about, or an empty string. */
  readonly place: string;

  constructor(code: string, place: string, message: string) {
    super(place === "" ? message : `${place}: ${message}`);
    this.name = new.target.name;
    this.code = code;
    this.place = place;
  }
}

/** A shape, length or axis that doesn't fit. */
export class ShapeError extends OndaError {
  constructor(place: string, message: string, code = "shape/mismatch") {
    super(code, place, message);
  }
}

/** A value of the wrong type or outside its range. */
export class ArgumentError extends OndaError {
  constructor(place: string, message: string, code = "argument/invalid") {
    super(code, place, message);
  }
}

/** Numbers that are not finite, matrices that are singular or indefinite, models that blow up. */
export class NumericalError extends OndaError {
  /** The cycle (0-based) in which it happened, where there is one. */
  readonly cycle: number | undefined;
  /** The ensemble member (0-based) to which it happened, where there is one. */
  readonly member: number | undefined;

  constructor(place: string, message: string, at: { cycle?: number; member?: number; code?: string } = {}) {
    super(at.code ?? "numerical/non-finite", place, message);
    this.cycle = at.cycle;
    this.member = at.member;
  }
}

/** A minimisation or iteration that diverged or did not converge where convergence was asked for. */
export class ConvergenceError extends OndaError {
  constructor(place: string, message: string, code = "convergence/failed") {
    super(code, place, message);
  }
}

/** A file that is missing, truncated or of another format. */
export class FileError extends OndaError {
  constructor(place: string, message: string, code = "file/invalid") {
    super(code, place, message);
  }
}

/** A network file that is damaged, or that has something the importer doesn't know. */
export class OnnxError extends OndaError {
  constructor(place: string, message: string, code: `onnx/${string}` = "onnx/invalid") {
    super(code, place, message);
  }
}

/** A case file that says something the format doesn't know. */
export class CaseError extends OndaError {
  constructor(place: string, message: string, code = "case/invalid") {
    super(code, place, message);
  }
}

/** A method that lacks something: a derivative, linearity, a covariance. */
export class CapabilityError extends OndaError {
  constructor(place: string, message: string, code = "capability/missing") {
    super(code, place, message);
  }
}
