import type { Chart } from "../view/chart.js";
import { chartToSvg } from "../view/chart.js";
import { type Table, tableToMarkdown } from "../view/table.js";

/** A file of the documentation, its path relative to the folder `docs`, with `/`. */
export interface DocumentationFile {
  readonly path: string;
  readonly content: string;
}

/** Markdown of a page under construction, with the pictures that it shows. */
export class Page {
  readonly #path: string;
  readonly #pictures: string;
  readonly #blocks: string[] = [];
  readonly #files: DocumentationFile[] = [];

  /** @param pictures Folder of the charts, relative to the page. */
  constructor(path: string, pictures: string) {
    this.#path = path;
    this.#pictures = pictures;
  }

  /** Adds Markdown unchanged: paragraphs, headings, lists. */
  add(...blocks: readonly string[]): this {
    this.#blocks.push(...blocks);
    return this;
  }

  /** A table under its own heading. */
  addTable(table: Table, heading = "##"): this {
    return this.add(tableToMarkdown(table, heading).trimEnd());
  }

  /** A chart as a separate SVG file, with its title below. */
  addChart(chart: Chart, file: string): this {
    const path = `${this.#pictures}/${file}.svg`;
    const folder = this.#path.split("/").slice(0, -1);
    this.#files.push({ path: [...folder, path].join("/"), content: `${chartToSvg(chart, undefined, 720)}\n` });
    return this.add(`![${escapeAlternative(chart.title)}](${path})`, `*${chart.title}.*`);
  }

  /** The page and its pictures. */
  files(): DocumentationFile[] {
    return [{ path: this.#path, content: `${this.#blocks.join("\n\n")}\n` }, ...this.#files];
  }
}

function escapeAlternative(text: string): string {
  return text.replaceAll("[", "(").replaceAll("]", ")");
}
