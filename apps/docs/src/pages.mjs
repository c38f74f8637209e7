// The Markdown files of the repository that are pages of the site, and their paths. Nothing is duplicated: the site
// consists of the files that people read on GitHub and npm, with rewritten links.
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** @returns paths of Markdown files, relative to the repository, below one of its folders. */
function markdownBelow(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((file) => posix.join(folder, file.split(sep).join("/")))
    .filter((file) => file.endsWith(".md") && !/(^|\/)(node_modules|dist|api|fixtures|table-1)\//.test(file));
}

function readmesOf(parent) {
  return readdirSync(join(root, parent))
    .map((name) => `${parent}/${name}/README.md`)
    .filter((file) => existsSync(join(root, file)));
}

/** Path of a page on the site, without an extension, by its source. */
export function pageOf(source) {
  if (source === "CONTRIBUTING.md") return "contributing";
  if (source === "apps/docs/home.md") return "index";
  if (source === "examples/README.md") return "examples/index";
  const readme = /^(?:packages|apps)\/([^/]+)\/README\.md$/.exec(source);
  if (readme) return `packages/${readme[1]}`;
  const example = /^examples\/([^/]+)\/README\.md$/.exec(source);
  if (example) return `examples/${example[1]}`;
  return source.replace(/^docs\//, "").replace(/\.md$/, "");
}

/** Sources of all pages except those of the API reference. */
export const sources = [
  "apps/docs/home.md",
  "CONTRIBUTING.md",
  "examples/README.md",
  ...markdownBelow("docs"),
  ...readmesOf("packages"),
  ...readmesOf("apps").filter((file) => !file.includes("/docs/")),
  ...readmesOf("examples"),
];

/** Files that people read outside of the site. Their links and code blocks are tested too. */
export const readmes = ["README.md", "SECURITY.md", ...sources];

/** Links of a Markdown text outside its code, each with the position of its target. */
export function linksOf(text) {
  const code = [...text.matchAll(/^(```+)[\s\S]*?^\1|`[^`\n]*`/gm)].map(({ index, 0: found }) => [
    index,
    index + found.length,
  ]);
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(({ index, 1: target }) => ({ start: index + 2, target }))
    .filter(({ start }) => !code.some(([from, to]) => from <= start && start < to));
}

/** Anchors of a page, as GitHub and VitePress derive them from its headings. */
export function anchorsOf(text) {
  const prose = text.replace(/^(```+)[\s\S]*?^\1/gm, "");
  return new Set(
    [...prose.matchAll(/^#+ +(.*)$/gm)].map(([, heading]) =>
      heading
        .toLowerCase()
        .replace(/[`*_]/g, "")
        .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
        .replace(/[^\p{L}\p{N}\- ]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/**
 * The kind of a link: a page of the site, a picture of a page, another file of the repository, or another site.
 * @throws Error for a file that does not exist.
 */
export function resolveLink(source, target) {
  if (/^[a-z]+:/.test(target)) return { kind: "elsewhere", target };
  const [path, anchor = ""] = target.split("#");
  if (path === "") return { kind: "page", source, page: pageOf(source), anchor };
  if (path.startsWith("/")) return { kind: "site", target }; // only in apps/docs/home.md
  const file = relative(root, join(root, dirname(source), path))
    .split(sep)
    .join("/");
  if (!existsSync(join(root, file))) throw new Error(`${source}: the link ${target} leads nowhere`);
  const candidates = statSync(join(root, file)).isDirectory() ? [`${file}/README.md`, file] : [file];
  const found = candidates.find((each) => sources.includes(each));
  if (found) return { kind: "page", source: found, page: pageOf(found), anchor };
  return { kind: /\.(svg|png)$/.test(file) ? "picture" : "file", file };
}
