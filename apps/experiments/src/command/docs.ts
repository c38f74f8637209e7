import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "@igr/files";
import type { Command } from "commander";
import type { DocumentationFile } from "../documentation/page.js";
import { chartFolders, documentationPage, type PageName, pageNames } from "../documentation/pages.js";
import { InputError } from "../input-error.js";
import { openStore } from "../run/open-store.js";
import type { CommandContext } from "./context.js";

interface Options {
  readonly docs: string;
  readonly runs?: string;
  readonly check?: boolean;
}

/** `igr docs`: the pages generated from committed runs. */
export function docsCommand(command: Command, { stdout, exit }: CommandContext): Command {
  return command
    .argument("[page...]", `pages to write: ${pageNames.join(", ")} (default: all)`)
    .option("--docs <folder>", "folder of the documentation", "docs")
    .option("--runs <folder>", "folder of the kept runs (default: results/kept in that folder)")
    .option("--check", "write nothing; list pages that are out of date, and exit with code 1 if there are any")
    .addHelpText("after", "\nExamples:\n  igr docs\n  igr docs results --check")
    .action(async (names: string[], { docs, runs = join(docs, "results", "kept"), check }: Options) => {
      const unknown = names.find((name) => !(pageNames as readonly string[]).includes(name));
      if (unknown !== undefined) throw new InputError(`there is no page ${unknown}; pages are ${pageNames.join(", ")}`);
      if (!existsSync(runs)) {
        throw new InputError(`there is no folder ${runs}; run this command in the root of the repository`);
      }
      const store = openStore(runs);
      const wanted = names.length === 0 ? pageNames : (names as PageName[]);
      const files = (await Promise.all(wanted.map((name) => documentationPage(name, store, docs)))).flat();
      const stale = files.filter(({ path, content }) => read(join(docs, path)) !== content);
      const superfluous = names.length === 0 ? superfluousIn(docs, files) : [];
      if (check) {
        for (const { path } of [...stale, ...superfluous]) {
          stdout(`${join(docs, path)} is out of date; npm run docs:results writes it\n`);
        }
        exit(stale.length + superfluous.length > 0 ? 1 : 0);
        return;
      }
      for (const { path, content } of stale) {
        await makeFolder(dirname(join(docs, path)));
        writeFileSync(join(docs, path), content);
      }
      for (const { path } of superfluous) rmSync(join(docs, path));
      stdout(
        `${files.length} files in ${docs}: ${stale.length} written, ${superfluous.length} deleted, the others were up to date.\n`,
      );
    });
}

/** Charts that no page uses any more. */
function superfluousIn(docs: string, files: readonly DocumentationFile[]): { readonly path: string }[] {
  const paths = new Set(files.map(({ path }) => path));
  return chartFolders
    .filter((folder) => existsSync(join(docs, folder)))
    .flatMap((folder) => readdirSync(join(docs, folder)).map((name) => ({ path: `${folder}/${name}` })))
    .filter(({ path }) => !paths.has(path));
}

function read(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
