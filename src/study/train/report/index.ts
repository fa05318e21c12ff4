export { renderTrainReport } from "./render.ts";
