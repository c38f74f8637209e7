export type { Progress } from "./progress.js";
