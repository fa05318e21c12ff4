export type { ObservationNetwork, ObservationNetworkOptions } from "./network.ts";
export { observationNetwork, observationSeries, simulateObservations } from "./network.ts";
export type { Observation, ObservationSeries } from "./observations.ts";
export { type PresentObservations, presentObservations } from "./present.ts";
export { type ObservationTimes, observationSteps } from "./steps.ts";
