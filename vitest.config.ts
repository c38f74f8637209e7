import { existsSync, readdirSync } from "node:fs";
import { defineConfig } from "vitest/config";

const folders = [
  ...readdirSync("packages").map((name) => `packages/${name}`),
  "apps/experiments",
  "apps/playground",
  "apps/docs",
  "examples",
];

/** What Node itself takes; bundlers' modules of @aws-sdk, which the experiments use, are none that Node can load. */
function conditionsOf(folder: string): string[] {
  return ["@igr/source", ...(folder === "apps/experiments" ? [] : ["module"]), "node", "default"];
}

/** Projects whose tests share a process and its modules: they change nothing that another file sees. */
const sharing = ["packages/bijectors", "packages/core", "packages/tensors"];

/** One project per package, so that a failing test says whose it is; `test/setup.ts` is loaded where it exists. */
const projects = folders
  .filter((folder) => existsSync(`${folder}/package.json`))
  .map((folder) => ({
    ssr: { resolve: { conditions: conditionsOf(folder) } },
    test: {
      name: folder.split("/").at(-1) as string,
      root: folder,
      include: ["src/**/*.test.ts", "test/**/*.test.ts"],
      setupFiles: existsSync(`${folder}/test/setup.ts`) ? ["./test/setup.ts"] : [],
      isolate: !sharing.includes(folder),
      testTimeout: 30_000,
    },
  }));

export default defineConfig({
  test: {
    pool: "forks",
    reporters: ["default", "./scripts/count-reporter.mjs"],
    maxWorkers: 2,
    passWithNoTests: false,
    projects: [
      ...projects,
      { test: { name: "workspace", include: ["test/**/*.test.ts"], testTimeout: 600_000, hookTimeout: 600_000 } },
    ],
  },
});
