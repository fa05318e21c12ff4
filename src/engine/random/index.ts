export type { RandomStream } from "./stream.ts";
export type { RandomStreams } from "./streams.ts";
export { randomStreams } from "./streams.ts";
