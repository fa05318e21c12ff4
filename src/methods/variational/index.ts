export { departureCosts } from "./departure-cost.ts";
export { type FourDVarOptions, type FourDVarProblem, fourDVar } from "./four-d-var.ts";
export { defaultMinimizer, solveWindowAsync, type WindowAnalysis, windowResult } from "./solve.ts";
export { type ThreeDVarOptions, type ThreeDVarProblem, threeDVar } from "./three-d-var.ts";
export type { Control, WindowCost, WindowObservation, WindowProblem } from "./window.ts";
export { type WindowCosts, windowCosts } from "./window-cost.ts";
