import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("no source file imports a module of Node, so that bundlers for browsers take them", () => {
  const folder = new URL("../src/", import.meta.url);
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
  );
  expect(sources.length).toBeGreaterThan(10);
  for (const name of sources) {
    expect(readFileSync(new URL(name, folder), "utf8"), name).not.toMatch(
      /^(import|export) .*from "node:|await import\(/m,
    );
  }
});
