// Copies the pages to `.pages`, where VitePress finds them, and rewrites links to pages of the site or to the
// repository.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { linksOf, pageOf, resolveLink, root, sources } from "./pages.mjs";

export const pagesFolder = fileURLToPath(new URL("../.pages", import.meta.url));
const { repository } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
export const repositoryAddress = repository.url.replace(/^git\+|\.git$/g, "");

/** A page's text with links for the site; `pictures` collects the image files that it shows. */
function translated(source, pictures) {
  let text = readFileSync(join(root, source), "utf8");
  for (const { start, target } of linksOf(text).reverse()) {
    const link = resolveLink(source, target);
    if (link.kind === "picture") pictures.add(link.file);
    const there =
      link.kind === "page"
        ? `/${link.page.replace(/(^|\/)index$/, "$1")}${link.anchor ? `#${link.anchor}` : ""}`
        : link.kind === "picture"
          ? `/${link.file}`
          : link.kind === "file"
            ? `${repositoryAddress}/blob/main/${link.file}`
            : target;
    text = text.slice(0, start) + there + text.slice(start + target.length);
  }
  // VitePress does not know languages such as `ts title=...`; the contents of code blocks do not change.
  return text;
}

/** Recreates `.pages`, except for the API reference in it. */
export function assemble() {
  rmSync(pagesFolder, { recursive: true, force: true });
  const pictures = new Set();
  for (const source of sources) {
    const file = join(pagesFolder, `${pageOf(source)}.md`);
    mkdirSync(dirname(file), { recursive: true });
    const text = translated(source, pictures);
    const front = source === "apps/docs/home.md" ? "" : `---\nsource: ${source}\n---\n\n`;
    writeFileSync(file, front + text);
  }
  for (const picture of pictures) {
    const file = join(pagesFolder, "public", picture);
    mkdirSync(dirname(file), { recursive: true });
    cpSync(join(root, picture), file);
  }
}
