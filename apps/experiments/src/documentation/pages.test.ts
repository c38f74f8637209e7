import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { openStore } from "../run/open-store.js";
import type { DocumentationFile } from "./page.js";
import { chartFolders, documentationPage, pageNames } from "./pages.js";

const docs = fileURLToPath(new URL("../../../../docs/", import.meta.url));
const pages = new Map<string, DocumentationFile[]>();

beforeAll(async () => {
  const store = openStore(`${docs}results/kept`);
  for (const name of pageNames) pages.set(name, await documentationPage(name, store, docs));
}, 120_000);

test.each(pageNames)(
  "the committed page '%s' equals the page generated from the kept runs (npm run docs:results)",
  (name) => {
    for (const { path, content } of pages.get(name) ?? []) {
      expect(readFileSync(`${docs}${path}`, "utf8") === content, `docs/${path} is out of date`).toBe(true);
    }
  },
);

test("folders of charts contain only charts of the pages", () => {
  const paths = [...pages.values()].flat().map(({ path }) => path);
  for (const folder of chartFolders) {
    for (const name of readdirSync(`${docs}${folder}`)) expect(paths).toContain(`${folder}/${name}`);
  }
});

test("the page of results shows every table and figure of the paper, and the existing runs", () => {
  const content = pages.get("results")?.[0]?.content;
  for (let n = 1; n <= 12; n += 1) expect(content).toContain(`## Figure ${n}: `);
  for (let n = 1; n <= 4; n += 1) expect(content).toContain(`## Table ${n}: `);
  for (const id of ["587ba6c045bf40b2", "fa1554d0f02c45e9"]) expect(content).toContain(`kept/${id}/samples.png`);
});
