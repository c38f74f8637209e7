import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { root } from "./packaging/tarballs.js";

/** The files of @igr/bijectors that are left in a bundle of one export, without what every bijector stands on. */
async function filesOf(name: string): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: `export { ${name} } from "@igr/bijectors";`, resolveDir: join(root, "packages/core") },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    metafile: true,
    external: ["@tensorflow/*"],
    conditions: ["@igr/source"],
  });
  const [output] = Object.values(metafile.outputs);
  return Object.entries(output!.inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([file]) => /^packages\/bijectors\/src\/(?!base\/)(.*)\.ts$/.exec(file)?.[1])
    .filter((file) => file !== undefined)
    .sort();
}

test.each([
  ["SoftmaxPlusPlus", ["simplex/simplex-bijector", "simplex/softmax-plus-plus"]],
  ["StickBreaking", ["simplex/simplex-bijector", "simplex/stick-breaking"]],
  ["OpenSimplex", ["simplex/open-simplex"]],
  ["Exp", ["elementwise/exp"]],
  ["Permute", ["combinators/permute"]],
  ["Planar", ["flows/planar", "flows/tanh-step"]],
])("importing %s pulls it alone", async (name, files) => {
  expect(await filesOf(name)).toEqual(files);
});
