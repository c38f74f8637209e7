import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { studyChart } from "../approximations/chart.js";
import { type FitRecord, fitSettings, runStudy, type StudyRecord } from "../approximations/fit-record.js";
import { approximationsPage, relaxationTitle, type TimeRecord } from "../approximations/page.js";
import { studies } from "../approximations/studies.js";
import { InputError } from "../input-error.js";
import { chooseEngine } from "../run/engine.js";
import { integer } from "./number-option.js";

interface Options {
  readonly out: string;
  readonly onlyPage?: boolean;
  readonly steps: number;
  readonly samples: number;
  readonly countedSamples: number;
}

interface Kept {
  readonly machine: string;
  readonly settings: typeof fitSettings;
  readonly studies: readonly StudyRecord[];
}

/** `igr approximations`: fits relaxations to the discrete distributions of the paper, and writes a page with pictures. */
export function approximationsCommand(): Command {
  return new Command("approximations")
    .description("fit relaxations to Poisson(50) and the paper's other discrete distributions; write approximations.md")
    .option("--out <folder>", "where the page and its pictures go", "docs")
    .option("--steps <count>", "steps of each fit", integer(1), fitSettings.steps)
    .option("--samples <count>", "samples of each step", integer(1), fitSettings.samples)
    .option("--counted-samples <count>", "samples to count", integer(1), fitSettings.countedSamples)
    .option("--only-page", "write the page and pictures again from the kept fits")
    .action(async (options: Options) => {
      const folder = join(options.out, "approximations");
      const file = join(folder, "fits.json");
      mkdirSync(folder, { recursive: true });
      const kept = options.onlyPage ? readKept(file) : await fitAll(options);
      writeFileSync(file, keptAsJson(kept));
      for (const study of kept.studies) {
        writeFileSync(join(folder, `${study.name}.svg`), studyChart(study));
      }
      const timeFile = join(folder, "time.json");
      const time = existsSync(timeFile) ? (JSON.parse(readFileSync(timeFile, "utf8")) as TimeRecord) : undefined;
      const page = join(options.out, "approximations.md");
      writeFileSync(page, approximationsPage(kept.studies, { ...kept.settings, machine: kept.machine }, time));
      process.stdout.write(`${page} is written.\n`);
    });
}

async function fitAll({ steps, samples, countedSamples }: Options): Promise<Kept> {
  await chooseEngine("cpu");
  const settings = { ...fitSettings, steps, samples, countedSamples };
  const records: StudyRecord[] = [];
  for (const study of studies) {
    const onFit = (fit: FitRecord) =>
      process.stdout.write(
        `${study.title}  ${relaxationTitle(fit)} ${fit.objective}: total variation ${fit.after.totalVariation.toFixed(3)}, ${fit.seconds.toFixed(1)} s\n`,
      );
    records.push(await runStudy(study, settings, onFit));
  }
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim()}), Node ${process.version}`;
  return { machine, settings, studies: records };
}

/** Indented, with each list of numbers on one line. */
function keptAsJson(kept: Kept): string {
  const numbers = /\[[-+\d.,e\s]+\]/g;
  return `${JSON.stringify(kept, null, 1).replace(numbers, (list) => list.replace(/\s+/g, ""))}\n`;
}

function readKept(file: string): Kept {
  if (!existsSync(file)) {
    throw new InputError(`there are no fits in ${file}; leave out --only-page`);
  }
  return JSON.parse(readFileSync(file, "utf8")) as Kept;
}
