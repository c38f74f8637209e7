import { calculate } from "../calculation/calculate.js";
import { calculationId } from "../calculation/calculation.js";
import { keptBeside } from "../calculation/kept-calculations.js";
import { plannedRun } from "../executor/executor.js";
import { InputError } from "../input-error.js";
import { StoppedError } from "../run/events.js";
import { makeBuiltIn } from "../study/built-in/index.js";
import { fileStudy } from "../study/file-study.js";
import { readStudy, runStudy } from "../study/run-study.js";
import type { Study, StudyOptions } from "../study/study.js";
import { CalculationProgress } from "../terminal/calculation-progress.js";
import { StudyProgress } from "../terminal/study-progress.js";
import type { CommandContext } from "./context.js";
import { executorOf } from "./execute-options.js";
import { storeOf } from "./store-options.js";
import { type StudyCommandOptions, studyOptionsOf } from "./study-options.js";

/** Runs a study by its name and shows the results. */
export async function executeStudy(name: string, options: StudyCommandOptions, context: CommandContext): Promise<void> {
  const study = await studyOf(name, studyOptionsOf(options));
  const store = storeOf(options);
  if (options.plan) {
    context.stdout(options.json || options.format === "json" ? planAsJson(study) : `${planOf(study)}\n`);
    return;
  }
  const calculated = (onlyKept: boolean) => {
    const progress = new CalculationProgress(
      study.calculations ?? [],
      options.quiet ? { write: () => {} } : process.stderr,
    );
    return calculate(study.calculations ?? [], {
      kept: keptBeside(options.runs),
      onlyKept,
      signal: context.signal,
      onProgress: (calculation, share) => progress.update(calculation, share),
    }).finally(() => progress.clear());
  };
  if (options.onlyKept) {
    const { showStudy } = await import("./show-study.js");
    await showStudy(study, await readStudy(study, store), await calculated(true), options, context);
    return;
  }
  const executor = executorOf(options);
  const runs = study.groups.flatMap(({ configurations }) => configurations.map(plannedRun));
  const progress = new StudyProgress(runs, options.quiet ? { write: () => {} } : process.stderr);
  const { results, failures, isStopped } = await runStudy(study, store, executor, {
    observer: progress,
    signal: context.signal,
  });
  progress.clear();
  if (isStopped) {
    throw new StoppedError(`Stopped. Finished runs are kept; continue with: ${context.program} ${context.line}`);
  }
  const { showStudy } = await import("./show-study.js");
  await showStudy(study, results, await calculated(false), options, context);
  if (failures.length > 0) {
    const lines = failures.map(({ title, message }) => `${title} failed: ${message}\n`);
    context.stderr(`${lines.join("")}Run the same command again to retry them.\n`);
    context.exit(failures.every(({ isInput }) => isInput) ? 2 : 1);
  }
}

/** A built-in study, or a study from a file. */
export async function studyOf(name: string, options: StudyOptions): Promise<Study> {
  if (!/[./\\]/.test(name)) return makeBuiltIn(name, options);
  const given = (["datasets", "rows", "protocols"] as const).find((option) => options[option] !== undefined);
  if (given) {
    throw new InputError(`--${given} is for the studies of the paper; the file ${name} itself says what varies`);
  }
  return fileStudy(name, options);
}

function planOf(study: Study): string {
  const lines = study.groups.flatMap(({ labels, configurations, absent }) => [
    ...configurations
      .map(plannedRun)
      .map(
        ({ id, title, configuration }) => `${id}  ${title}  ${configuration.epochs} epochs  ${labels.protocol ?? ""}`,
      ),
    ...(absent === undefined ? [] : [`-  ${Object.values(labels).join(" ")}  ${absent}`]),
  ]);
  const calculations = (study.calculations ?? []).map((each) => `${calculationId(each)}  ${each.title}`);
  return [study.title, ...lines, ...calculations].join("\n");
}

function planAsJson({ name, title, groups, calculations = [] }: Study): string {
  const plan = {
    name,
    title,
    runs: groups.flatMap(({ labels, configurations }) =>
      configurations
        .map(plannedRun)
        .map(({ id, title, configuration }) => ({ id, title, epochs: configuration.epochs, labels })),
    ),
    absent: groups.flatMap(({ labels, absent }) => (absent === undefined ? [] : [{ labels, reason: absent }])),
    calculations: calculations.map((each) => ({ id: calculationId(each), title: each.title })),
  };
  return `${JSON.stringify(plan, null, 2)}\n`;
}
