import { statSync } from "node:fs";
import { NativeError } from "../native-error.js";

const groupOrOthersMayWrite = 0o022;

/**
 * Libraries from the cache are loaded into the process, so a user who can write there can run programs as this user. The folders must
 * therefore belong to this user or the administrator, and no other user may write to them. Folders that do not exist are not checked. On
 * Windows no folder is checked, because file modes do not show its permissions.
 *
 * @throws NativeError `cache-untrusted`.
 */
export function checkTrusted(folders: readonly string[]): void {
  const user = process.getuid?.();
  if (user === undefined) return;
  for (const folder of folders) {
    const status = statSync(folder, { throwIfNoEntry: false });
    if (status === undefined) continue;
    const mode = (status.mode & 0o777).toString(8);
    if ((status.mode & groupOrOthersMayWrite) !== 0) {
      throw new NativeError(
        "cache-untrusted",
        `@igr/tfjs-native: the cache ${folder} can be written by other users (mode ${mode}), who could put libraries there that this process would load; ` +
          `run \`chmod -R go-w ${folder}\` if all that lies there is yours, or name another place by IGR_TFJS_NATIVE_CACHE`,
      );
    }
    if (status.uid !== user && status.uid !== 0) {
      throw new NativeError(
        "cache-untrusted",
        `@igr/tfjs-native: the cache ${folder} belongs to user ${status.uid}, not to user ${user} or the administrator, and libraries from it would be ` +
          "loaded into this process; name another place by IGR_TFJS_NATIVE_CACHE",
      );
    }
  }
}
