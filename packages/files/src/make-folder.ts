import { codeOf } from "./file-errors.js";
import { requireNodeModules } from "./node-modules.js";

/**
 * Makes a folder and those above it that are missing; an existing folder is left as it is.
 *
 * Like `mkdir` of Node with `recursive`, which does not end where a file system says of a new folder that it does not
 * exist although the folder above it does, as some virtual file systems do. Here that is an error.
 *
 * @throws the file system's error, with its code and the path: EEXIST or ENOTDIR if a file is in the way.
 */
export async function makeFolder(folder: string): Promise<void> {
  const { fs, path } = requireNodeModules("makeFolder");
  const make = async () => {
    try {
      await fs.mkdir(folder);
    } catch (error) {
      const isThere = codeOf(error) === "EEXIST" && (await fs.stat(folder)).isDirectory();
      if (!isThere) throw error;
    }
  };
  try {
    await make();
  } catch (error) {
    const above = path.dirname(path.resolve(folder));
    if (codeOf(error) !== "ENOENT" || above === path.resolve(folder)) throw error;
    // Another call may have made it since; then only the second attempt says whether the folder can be made.
    if (!(await exists(above))) await makeFolder(above);
    await make();
  }
}

async function exists(path: string): Promise<boolean> {
  const { fs } = requireNodeModules("makeFolder");
  return fs.stat(path).then(
    () => true,
    () => false,
  );
}
