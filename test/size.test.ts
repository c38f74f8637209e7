import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runNode } from "./packaging/process.js";
import { root } from "./packaging/tarballs.js";

interface Size {
  readonly name: string;
  readonly size: number;
  readonly sizeLimit: number;
}

test("each package stays under its limit, minified and compressed (.size-limit.json)", () => {
  const sizes = JSON.parse(runNode(join(root, "node_modules/size-limit/bin.js"), ["--json"], root)) as Size[];
  for (const { name, size, sizeLimit } of sizes) expect(size, name).toBeLessThanOrEqual(sizeLimit);
  // The data packages are their data; tfjs-native is a program for Node.
  const measured = readdirSync(join(root, "packages")).filter((name) => !/^data-|^tfjs-native$/.test(name));
  const limits = readFileSync(join(root, ".size-limit.json"), "utf8");
  for (const name of measured) expect(limits).toContain(`packages/${name}/dist/index.js`);
});
