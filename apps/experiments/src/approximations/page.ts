import type { FitRecord, StudyRecord } from "./fit-record.js";
import { studyNamed } from "./studies.js";

/** How the fits were made, as the page says it. */
export interface PageFacts {
  readonly steps: number;
  readonly samples: number;
  readonly learningRate: number;
  readonly countedSamples: number;
  readonly machine: string;
}

/** What bench/approximate.mjs measured. */
export interface TimeRecord {
  readonly machine: string;
  readonly rows: readonly { readonly relaxation: string; readonly seconds: number; readonly cpuSeconds: number }[];
}

/** docs/approximations.md; pictures lie in the folder `approximations` beside it. */
export function approximationsPage(studies: readonly StudyRecord[], facts: PageFacts, time?: TimeRecord): string {
  const count = facts.countedSamples.toLocaleString("en-US");
  const paragraphs = [
    "# Approximating discrete distributions",
    "Written by `igr approximations` from the fits kept in [approximations](approximations); `--only-page` redraws it without fitting.",
    [
      `Each relaxation was fitted by ${facts.steps.toLocaleString("en-US")} steps of Adam (${facts.learningRate}), with ${facts.samples.toLocaleString("en-US")} samples a step, by \`approximate\` of @igr/core`,
      "(Potapczynski, Loaiza-Ganem and Cunningham 2020, eq 20). Grey bars are the target, dots the probabilities that each category is the",
      `largest: exact for GS and IGR, frequencies of ${count} samples for IGR-SB and IGR-Planar. "Total variation" and KL(relaxation || target)`,
      'compare those with the target, over all categories; "near a vertex" is the share of samples within 0.2 of one.',
    ].join("\n"),
    [
      "The paper says neither the temperatures nor the starting values of its figures. Here the Gaussian coordinates start with scale 1 and loc 0, or for",
      "IGR-SB with `-log(mean)`, where sticks of equal lengths have the target's mean; logits start at 0. Temperatures of Figures 6 to 9 are those at which",
      "IGR and GS are comparable. Objectives: `mean` is `|E z - target|^2`, `kl` is KL(E z || target), which the authors' code minimizes, `literal` is eq 20",
      "as printed, `energy` the energy distance from one-hot vectors, `probs` the squared distance of P(argmax z) with scale 1.",
      "IGR-SB cuts at rho = 0.99 with `kl` and at 0.9 with `mean`.",
    ].join("\n"),
    ...studies.flatMap(section),
    ...(time ? [timeSection(time)] : []),
    `Fitted on ${facts.machine}.`,
  ];
  return `${paragraphs.join("\n\n")}\n`;
}

function section(study: StudyRecord): string[] {
  const { name, fits } = study;
  const { title, figures, remark } = studyNamed(name);
  const head = [
    "relaxation",
    "objective",
    "total variation before",
    "after",
    "KL after",
    "near a vertex",
    "average K",
    "seconds",
  ];
  const rows = fits.map((fit) => [
    relaxationTitle(fit),
    `\`${fit.objective}\``,
    fit.before.totalVariation.toFixed(3),
    fit.after.totalVariation.toFixed(3),
    fit.after.kl === null || !Number.isFinite(fit.after.kl) ? "infinite" : fit.after.kl.toFixed(3),
    `${(100 * fit.after.vertexProximity).toFixed(1)} %`,
    fit.after.averageK?.toFixed(1) ?? "",
    fit.seconds.toFixed(1),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = line(head.map((_, index) => (index < 2 ? "---" : "---:")));
  return [
    `## ${title}`,
    `${figures}.${remark ? ` ${remark}` : ""}`,
    `![${title}: the target and each relaxation, before and after fitting](approximations/${name}.svg)`,
    [line(head), rule, ...rows.map(line)].join("\n"),
  ];
}

/** `GS(0.01), K = 40`. */
export function relaxationTitle({ relaxation, temperature }: Pick<FitRecord, "relaxation" | "temperature">): string {
  const of = (name: string) => `${name}(${temperature.toFixed(2)})`;
  switch (relaxation.type) {
    case "gumbel-softmax":
    case "gs":
    case "concrete":
    case "gumbel":
      return `${of("GS")}${relaxation.categories ? `, K = ${relaxation.categories}` : ""}`;
    case "igr":
      return `${of("IGR")}${relaxation.categories ? `, K = ${relaxation.categories}` : ""}`;
    case "igr-planar":
      return `${of("IGR-Planar")}, ${relaxation.depth} flows`;
    case "igr-stick-breaking":
    case "igr-sb":
    case "stick-breaking":
      return of("IGR-SB");
  }
}

function timeSection({ machine, rows }: TimeRecord): string {
  const table = rows.map(
    ({ relaxation, seconds, cpuSeconds }) => `| ${relaxation} | ${seconds.toFixed(1)} | ${cpuSeconds.toFixed(1)} |`,
  );
  return [
    "## Time\n",
    "1,000 steps of 1,000 samples for 100 categories, compiled by @igr/jit, compilation included (`node bench/approximate.mjs`):\n",
    "| relaxation | seconds | processor seconds |",
    "| --- | ---: | ---: |",
    ...table,
    `\n${machine}.`,
  ].join("\n");
}
