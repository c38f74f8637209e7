import type { RunStore } from "../run/store.js";
import { approximationsPage } from "./approximations-page.js";
import type { DocumentationFile } from "./page.js";
import { resultsPage } from "./results-page.js";
import { temperaturesPage } from "./temperatures-page.js";

/** Pages that kept runs and calculations make, by name. */
export const pageNames = ["results", "approximations", "temperatures"] as const;
export type PageName = (typeof pageNames)[number];

/** The files of a page; `docs` is the folder of the documentation, for what lies there beside. */
export function documentationPage(name: PageName, store: RunStore, docs: string): Promise<DocumentationFile[]> {
  switch (name) {
    case "results":
      return resultsPage(store);
    case "approximations":
      return approximationsPage(store, docs);
    case "temperatures":
      return temperaturesPage(store);
  }
}

/** Folders that hold nothing but charts of these pages. */
export const chartFolders: readonly string[] = ["results/figures", "temperatures"];
