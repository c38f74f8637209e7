import { join } from "node:path";
import { test } from "vitest";
import { runNode } from "./packaging/process.js";
import { root } from "./packaging/tarballs.js";

test("the reports in api/ are the public types of the build; `npx pnpm api` writes them anew", () => {
  runNode(join(root, "scripts/api-report.mjs"), ["--check"], root);
});
