// Loaded before igr and the processes that it starts: as long as the file of IGR_FAULT="CODE file" is there, nothing can be written.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const [code, flag] = (process.env.IGR_FAULT ?? "").split(" ");
const { writeFile, appendFile, open, mkdir } = fs.promises;

function fail(path) {
  if (!fs.existsSync(flag)) return;
  throw Object.assign(new Error(`${code}: write '${path}'`), { code, syscall: "write", path });
}

Object.assign(fs.promises, {
  writeFile: async (path, ...rest) => {
    // A full disk takes the beginning of a file.
    if (code === "ENOSPC" && fs.existsSync(flag) && typeof path === "string") await writeFile(path, "{");
    fail(path);
    return writeFile(path, ...rest);
  },
  appendFile: async (path, ...rest) => {
    fail(path);
    return appendFile(path, ...rest);
  },
  mkdir: async (path, ...rest) => {
    fail(path);
    return mkdir(path, ...rest);
  },
  open: async (path, flags = "r", ...rest) => {
    const handle = await open(path, flags, ...rest);
    if (flags === "r") return handle;
    const whole = handle.writeFile.bind(handle);
    handle.writeFile = async (...args) => {
      fail(path);
      return whole(...args);
    };
    return handle;
  },
});
syncBuiltinESMExports();
