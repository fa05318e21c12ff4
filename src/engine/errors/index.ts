export {
  ArgumentError,
  CapabilityError,
  CaseError,
  ConvergenceError,
  FileError,
  NumericalError,
  OndaError,
  OnnxError,
  ShapeError,
} from "./errors.ts";
