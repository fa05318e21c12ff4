export {
  ArgumentError,
  CapabilityError,
  CaseError,
  ConvergenceError,
  FileError,
  NumericalError,
  OndaError,
  ShapeError,
} from "./errors.ts";
