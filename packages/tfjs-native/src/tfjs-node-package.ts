import { createHash } from "node:crypto";
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { NativeError } from "./native-error.js";
import type { Flavour } from "./tensorflow-versions.js";

/** An installed @tensorflow/tfjs-node or @tensorflow/tfjs-node-gpu. */
export interface TfjsNodePackage {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  /** Its `package.json`, from which its own dependencies are resolved. */
  readonly manifest: string;
  /** SHA-256 over the names and contents of its C++ sources. Equal sources share an add-on. */
  readonly sources: string;
}

/** Both packages contain the same JavaScript and C++. The one that is named after the requested device comes first. */
const names: Readonly<Record<Flavour, readonly string[]>> = {
  cpu: ["@tensorflow/tfjs-node", "@tensorflow/tfjs-node-gpu"],
  gpu: ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"],
};

/**
 * The tfjs-node that modules in one of the folders resolve.
 * @param folders They are tried in order.
 * @throws NativeError `tfjs-node-missing`.
 */
export function findTfjsNode(flavour: Flavour, folders: readonly string[]): TfjsNodePackage {
  for (const folder of folders) {
    for (const name of names[flavour]) {
      const manifest = resolveFrom(folder, `${name}/package.json`);
      if (!manifest) continue;
      const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
      return {
        name,
        version,
        manifest,
        folder: dirname(manifest),
        sources: hashOf(join(dirname(manifest), "binding")),
      };
    }
  }
  throw new NativeError(
    "tfjs-node-missing",
    `tfjs-node: ${names[flavour][0]} is not installed in ${folders.join(", ")}; ` +
      `run \`npm install --ignore-scripts @tensorflow/tfjs ${names[flavour][0]}\` there`,
  );
}

/** C++ sources of the add-on, absolute. */
export function sourceFiles({ folder }: TfjsNodePackage): string[] {
  return readdirSync(join(folder, "binding"))
    .filter((file) => file.endsWith(".cc"))
    .map((file) => join(folder, "binding", file));
}

/**
 * @throws NativeError `two-cores` if tfjs-node would load another tfjs-core than the project: kernels, tensors and optimizers of one do not
 * work with the other.
 * @returns the tfjs-core that both use.
 */
export function singleCore(tfjsNode: TfjsNodePackage, folders: readonly string[]): string {
  const union = resolveFrom(tfjsNode.folder, "@tensorflow/tfjs/package.json");
  const own = union && resolveFrom(dirname(union), "@tensorflow/tfjs-core/package.json");
  if (!own) {
    throw new NativeError(
      "tfjs-node-missing",
      `tfjs-node: ${tfjsNode.folder} has no @tensorflow/tfjs to work with; run \`npm install @tensorflow/tfjs\` in the project`,
    );
  }
  for (const folder of folders) {
    const direct = resolveFrom(folder, "@tensorflow/tfjs-core/package.json");
    const through = resolveFrom(folder, "@tensorflow/tfjs/package.json");
    const cores = [direct, through && resolveFrom(dirname(through), "@tensorflow/tfjs-core/package.json")];
    for (const core of cores) {
      if (core === undefined || core === own) continue;
      throw new NativeError(
        "two-cores",
        `tfjs-node: two copies of tfjs-core, ${versionOf(own)} in ${dirname(own)} for ${tfjsNode.name} and ${versionOf(core)} in ` +
          `${dirname(core)} for ${folder}; give all @tensorflow packages one version (\`npm ls @tensorflow/tfjs-core\` shows who wants which)`,
      );
    }
  }
  return dirname(own);
}

/** The real path to which a module in `folder` resolves `request`; undefined if it does not resolve. */
export function resolveFrom(folder: string, request: string): string | undefined {
  try {
    return realpathSync(createRequire(join(folder, "package.json")).resolve(request));
  } catch {
    return undefined;
  }
}

function versionOf(manifest: string): string {
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

function hashOf(folder: string): string {
  const hash = createHash("sha256");
  for (const file of readdirSync(folder).sort()) hash.update(`${file}\0`).update(readFileSync(join(folder, file)));
  return hash.digest("hex");
}
