export { type EdaOptions, eda } from "./eda.ts";
export { type EnFourDVarOptions, enFourDVar } from "./en-four-d-var.ts";
export { type EtkfThreeDVarOptions, etkfThreeDVar } from "./etkf-three-d-var.ts";
export { type FourDEnVarOptions, fourDEnVar } from "./four-d-en-var.ts";
export { type HybridGainOptions, hybridGain } from "./hybrid-gain.ts";
