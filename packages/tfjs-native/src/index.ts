export { type CleanOptions, clean } from "./command/clean.js";
export { type DoctorOptions, doctor, type Finding } from "./command/doctor.js";
export type { Device } from "./load/device.js";
export { type LoadTfjsNodeOptions, loadTfjsNode, type TfjsNode, tfjsNodeDevice } from "./load/load-tfjs-node.js";
export { NativeError, type NativeErrorReason } from "./native-error.js";
export { Progress, type ProgressStream } from "./progress.js";
export { type SetupOptions, type SetupResult, setup } from "./setup/setup.js";
export { defaultTensorFlow, type Flavour, triedTensorFlow } from "./tensorflow-versions.js";
