export { type EnksOptions, enks } from "./enks.ts";
export { type EsMdaOptions, esMda } from "./es-mda.ts";
export { type IenksOptions, ienks } from "./ienks.ts";
export type { LayoutOptions } from "./layout.ts";
export { type RtsOptions, rts, smoothStage } from "./rts.ts";
