import { type NodeModules, requireNodeModules } from "@igr/files";

/** Node's modules, for what keeps models in files. @throws Error outside Node, naming `caller`. */
export function nodeModules(caller: string): NodeModules {
  return requireNodeModules(caller, "a checkpoint is a folder of files, which needs Node");
}
