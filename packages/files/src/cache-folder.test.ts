import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { cacheFolder } from "./cache-folder.js";
import { nodeModules, requireNodeModules } from "./node-modules.js";

const home = homedir();
const at = (platform: NodeJS.Platform, environment: Record<string, string>) =>
  cacheFolder("igr-datasets", { platform, environment });

test.each<[string, NodeJS.Platform, Record<string, string>, string]>([
  ["the program's own variable, unchanged", "linux", { IGR_DATASETS_CACHE: "../d", IGR_CACHE: "/all" }, "../d"],
  ["the variable for all", "linux", { IGR_CACHE: "/all", XDG_CACHE_HOME: "/xdg" }, "/all/igr-datasets"],
  ["XDG on Linux", "linux", { XDG_CACHE_HOME: "/xdg" }, "/xdg/igr-datasets"],
  ["XDG on macOS", "darwin", { XDG_CACHE_HOME: "/xdg" }, "/xdg/igr-datasets"],
  ["Linux", "linux", {}, join(home, ".cache", "igr-datasets")],
  [
    "empty variables, which count as none",
    "linux",
    { IGR_DATASETS_CACHE: "", IGR_CACHE: "", XDG_CACHE_HOME: "" },
    join(home, ".cache", "igr-datasets"),
  ],
  [
    "a relative XDG folder, which counts as none",
    "linux",
    { XDG_CACHE_HOME: "xdg" },
    join(home, ".cache", "igr-datasets"),
  ],
  ["macOS", "darwin", {}, join(home, "Library", "Caches", "igr-datasets")],
  ["Windows", "win32", { LOCALAPPDATA: "/local", XDG_CACHE_HOME: "/xdg" }, "/local/igr-datasets"],
  ["Windows without its variable", "win32", {}, join(home, "AppData", "Local", "igr-datasets")],
])("the cache folder by %s", (_, platform, environment, expected) => {
  expect(at(platform, environment)).toBe(expected.replace(/^\/(?=all|xdg|local)/, join("/")));
});

test("outside Node there are no modules, and the error of those that need them says why", () => {
  expect(nodeModules()?.path.basename("a/b")).toBe("b");
  vi.spyOn(process, "getBuiltinModule").mockImplementation((() => undefined) as typeof process.getBuiltinModule);
  try {
    expect(nodeModules()).toBeUndefined();
    expect(() => requireNodeModules("save", "a checkpoint is a folder of files, which needs Node")).toThrow(
      "save: a checkpoint is a folder of files, which needs Node",
    );
  } finally {
    vi.restoreAllMocks();
  }
});
