export { type CacheFolderOptions, cacheFolder } from "./cache-folder.js";
export { FileLock, type LockOptions, withLock } from "./lock/file-lock.js";
export { describeHolder, type LockHolder, startOf, thisHolder } from "./lock/holder.js";
export { LockError, type LockErrorReason } from "./lock/lock-error.js";
export { type LockState, lockState } from "./lock/lock-state.js";
export { type NodeModules, nodeModules, requireNodeModules } from "./node-modules.js";
export { pause } from "./pause.js";
export { type FileContent, removeAbandonedFiles, writeFileAtomically } from "./write-file.js";
export { removeAbandonedFolders, writeFolderAtomically } from "./write-folder.js";
