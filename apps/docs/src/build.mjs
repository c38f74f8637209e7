// Builds the site into `dist`: pages, local search, and in `dist/api` the reference that typedoc writes
// (`npm run docs:api`). A dead link between pages fails the build. `--without-api` omits the reference.
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vitepress";
import { assemble } from "./assemble.mjs";
import { root } from "./pages.mjs";

const folder = fileURLToPath(new URL("..", import.meta.url));
const output = process.env.IGR_DOCS_OUT ?? join(folder, "dist");
const reference = join(root, "docs/api");
const withReference = !process.argv.includes("--without-api");
if (withReference && !existsSync(join(reference, "index.html"))) {
  console.error("docs: the API reference is missing; `npm run docs:api` writes it");
  process.exit(1);
}
assemble();
await build(folder, { outDir: output });
if (withReference) cpSync(reference, join(output, "api"), { recursive: true });
