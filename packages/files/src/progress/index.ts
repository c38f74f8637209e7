export type { Progress } from "./progress.js";
export { ProgressLine, type ProgressLineOptions, type ProgressStream } from "./progress-line.js";
