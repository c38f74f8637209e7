import { type NodeModules, requireNodeModules } from "@igr/files";

/** The modules of Node that reading and writing models needs. @throws Error outside Node, naming `caller`. */
export function nodeModules(caller: string): NodeModules {
  return requireNodeModules(caller, "a checkpoint is a folder of files, which needs Node");
}
