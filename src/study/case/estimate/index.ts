export {
  type CaseEstimate,
  type EstimatedDeviation,
  type EstimateSummary,
  type Estimates,
  type EstimationMethod,
  estimateCase,
} from "./estimate.ts";
