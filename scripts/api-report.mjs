// Writes the public types of each package to api/NAME.api.md, so that reviews show changes to them; with `--check` it
// fails and lists the reports that differ from the build. `npx pnpm api` builds and writes, `npm test` checks.
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompilerState, Extractor, ExtractorConfig } from "@microsoft/api-extractor";
import { root } from "./workspace.mjs";

const isCheck = process.argv.includes("--check");
const reportFolder = join(root, "api");
mkdirSync(reportFolder, { recursive: true });

/** Each entry of a package that has types: `.` and `./layers`. */
function entries() {
  return readdirSync(join(root, "packages")).flatMap((folder) => {
    const { exports } = JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8"));
    return Object.entries(exports)
      .filter(([, target]) => target.types)
      .map(([entry, { types }]) => ({
        folder: join(root, "packages", folder),
        types,
        name: entry === "." ? folder : `${folder}-${entry.slice(2)}`,
      }));
  });
}

function configOf({ folder, types, name }) {
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, "package.json"),
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, types),
      newlineKind: "lf",
      compiler: {
        overrideTsconfig: {
          compilerOptions: { module: "nodenext", moduleResolution: "nodenext", skipLibCheck: true, types: ["node"] },
          files: [join(folder, types)],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder,
        reportTempFolder: join(tmpdir(), "igr-api-reports"),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: "none" } },
        // typedoc checks doc comments.
        extractorMessageReporting: { default: { logLevel: "none" } },
        tsdocMessageReporting: { default: { logLevel: "none" } },
      },
    },
  });
}

const all = entries();
const configs = all.map(configOf);
// One program for all: each entry would read TypeScript's and TensorFlow.js' declarations again.
const compilerState = CompilerState.create(configs[0], {
  additionalEntryPoints: configs.map((config) => config.mainEntryPointFilePath),
});
const isChanged = (config) =>
  Extractor.invoke(config, {
    compilerState,
    localBuild: !isCheck,
    messageCallback: (message) => {
      message.handled = true;
    },
  }).apiReportChanged;
const changed = all.filter((_, index) => isChanged(configs[index])).map(({ name }) => `api/${name}.api.md`);
const names = new Set(all.map(({ name }) => `${name}.api.md`));
const stale = existsSync(reportFolder) ? readdirSync(reportFolder).filter((file) => !names.has(file)) : [];
if (isCheck && (changed.length > 0 || stale.length > 0)) {
  console.error(
    `These reports differ from the build: ${[...changed, ...stale].join(", ")}. \`npx pnpm api\` updates them.`,
  );
  process.exit(1);
}
console.log(changed.length > 0 ? `Written: ${changed.join(", ")}` : "The API reports are up to date.");
