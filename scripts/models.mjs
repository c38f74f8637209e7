// Regenerates docs/models.md and docs/results/models: one short run of each model on MNIST and Fashion-MNIST, compiled.
// `npm run docs:models` takes about 70 minutes on two quiet cores. It may be stopped at any time: a run that is finished is kept,
// under its name only when complete, and is skipped the next time; a run whose options have changed is made anew.
//
//   npm run docs:models [-- --only joint-vae] [--only-page] [--list]
//   npm run docs:models -- --out /tmp/models --epochs 1 --train-images 640 --test-images 64    # a smoke test, beside the docs
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { ensureInstalled, mustRunNode, root } from "./workspace.mjs";

const { values: args } = parseArgs({
  options: {
    only: { type: "string" },
    "only-page": { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    out: { type: "string", default: join(root, "docs") },
    epochs: { type: "string", default: "5" },
    "train-images": { type: "string" },
    "test-images": { type: "string" },
  },
});
const folder = join(args.out, "results", "models");
const page = join(args.out, "models.md");

const datasets = ["mnist", "fashion-mnist"];
/** Models in the order of the page; pictures are kept of those that `shows`. */
const models = [
  { model: "discrete-vae", latent: "igr", shows: true },
  { model: "discrete-vae", latent: "gs" },
  { model: "discrete-vae", latent: "igr-sb", options: ["--max-categories", "20"] },
  { model: "discrete-vae", latent: "igr-planar", options: ["--flows", "2"] },
  { model: "discrete-vae", latent: "igr", options: ["--architecture", "convolutional"], suffix: "convolutional" },
  { model: "joint-vae", latent: "igr", options: ["--capacity-steps", "4000"], shows: true },
  { model: "joint-vae", latent: "gs", options: ["--capacity-steps", "4000"] },
  { model: "joint-vae", latent: "igr-sb", options: ["--capacity-steps", "4000"], shows: true },
  { model: "joint-vae", latent: "igr-planar", options: ["--capacity-steps", "4000", "--flows", "2"] },
  { model: "structured-prediction", latent: "igr", shows: true },
  { model: "structured-prediction", latent: "gs" },
  { model: "structured-prediction", latent: "igr", options: ["--epochs", "30"], suffix: "30-epochs" },
  { model: "mixture", latent: "igr-sb", shows: true },
];
const runs = datasets.flatMap((dataset) =>
  models.map(({ model, latent, options = [], suffix, shows = false }) => {
    const limits = ["train-images", "test-images"].flatMap((name) => (args[name] ? [`--${name}`, args[name]] : []));
    return {
      dataset,
      model,
      shows,
      name: [model, latent, ...(suffix ? [suffix] : []), dataset].join("-"),
      options: [
        "--model",
        model,
        "--latent",
        latent,
        "--dataset",
        dataset,
        "--epochs",
        args.epochs,
        ...options,
        ...limits,
      ],
    };
  }),
);

const read = (run, file) => readFileSync(join(folder, run.name, file), "utf8");

function isFinished(run) {
  if (!existsSync(join(folder, run.name, "run.json"))) return false;
  return JSON.stringify(JSON.parse(read(run, "run.json")).options) === JSON.stringify(run.options);
}

/** Trains in a folder of its own and moves what is kept into place in one step. */
function train(run) {
  const work = mkdtempSync(join(tmpdir(), "igr-models-"));
  const out = join(work, "run");
  const started = performance.now();
  const load = loadavg()[0];
  try {
    mustRunNode("apps/experiments/bin/igr.mjs", ["train", "--engine", "jit", ...run.options, "--out", out, "--quiet"]);
    const partial = join(folder, `.${run.name}.partial`);
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    const pictures = run.shows ? readdirSync(out).filter((file) => file.endsWith(".png")) : [];
    for (const file of ["config.json", "metrics.jsonl", "measures.json", ...pictures]) {
      cpSync(join(out, file), join(partial, file));
    }
    const made = {
      options: run.options,
      seconds: Math.round((performance.now() - started) / 1000),
      load,
      machine: { cores: availableParallelism(), cpu: cpus()[0]?.model.trim(), node: process.version },
    };
    writeFileSync(join(partial, "run.json"), `${JSON.stringify(made, null, 2)}\n`);
    rmSync(join(folder, run.name), { recursive: true, force: true });
    renameSync(partial, join(folder, run.name));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const signed = ({ value, standardError, unit }) => {
  if (unit === "share") return percent(value);
  if (unit === "count") return Number.isInteger(value) ? `${value}` : value.toFixed(1);
  return `${value.toFixed(1)}${standardError === undefined ? "" : ` ± ${standardError.toFixed(1)}`}`;
};
const line = (cells) => `| ${cells.join(" | ")} |`;

function table(found) {
  const names = [...new Set(found.flatMap(({ measures }) => measures.map(({ name }) => name)))];
  const hasBound = found.some(({ last }) => last.validation.kl !== 0);
  const head = ["latent", "test ELBO", ...(hasBound ? ["KL", "vanished"] : []), ...names, "ms per step", "time"];
  const rows = found.map(({ title, last, measures, epochs, made, config }) => {
    const { validation, vanishedGradients } = last;
    const images = config.configuration.batchSize;
    const perStep = Math.min(...epochs.map(({ imagesPerSecond }) => (1000 * images) / imagesPerSecond));
    const bound = `${validation.elbo.toFixed(1)} ± ${validation.standardError.toFixed(1)}`;
    const kl = hasBound ? [validation.kl.toFixed(1), vanishedGradients ? percent(vanishedGradients.zero) : ""] : [];
    const measured = names
      .map((name) => measures.find((each) => each.name === name))
      .map((each) => (each ? signed(each) : ""));
    return [title, bound, ...kl, ...measured, perStep.toFixed(1), `${made.seconds} s`];
  });
  return [line(head), line(head.map((_, k) => (k === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

function load(run) {
  const config = JSON.parse(read(run, "config.json"));
  const epochs = read(run, "metrics.jsonl")
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text));
  const { relaxation, temperature, flows, architecture } = config.configuration;
  const names = { igr: "IGR", gs: "GS", "igr-sb": "IGR-SB", "igr-planar": `IGR-Planar${flows}` };
  const networks = run.model === "discrete-vae" && architecture === "convolutional" ? ", convolutional" : "";
  const length = epochs.length === Number(args.epochs) ? "" : `, ${epochs.length} epochs`;
  return {
    ...run,
    config,
    epochs,
    last: epochs.at(-1),
    measures: JSON.parse(read(run, "measures.json")),
    made: JSON.parse(read(run, "run.json")),
    title: `${names[relaxation]}(${temperature.toFixed(2)})${networks}${length}`,
  };
}

const introductions = {
  "discrete-vae": `## Discrete VAE

30 variables of 10 categories (IGR-SB: up to 20), dense networks unless a row says otherwise. The hard ELBO is a bound on the discrete model;
"vanished" is the share of d z_k / d parameter_j that are exactly 0 in float32 on one test batch, of the categories that a draw keeps.`,
  "joint-vae": `## JointVAE

Ten continuous variables and one categorical (IGR-SB: up to 50 categories), convolutional architecture 1 on images padded to 32x32, gamma and
capacities of Dupont's presets, the capacities reached after 4,000 steps rather than 25,000 or 50,000, so that the short run ends at them.
The accuracy is that of the discrete latent after the best one-to-one matching with the labels.`,
  "structured-prediction": `## Structured prediction

The lower half of an image, cut at 1/2, from its upper one: 392-240-240-392, tanh maps, bits in {-1, 1}, IGR with the scale 1, one
sample in training. Here the "test ELBO" is minus the negative log-likelihood with one sample; the columns after it have 100. An
independent PyTorch program has 57.2 (relaxed) and 55.0 (hard) for IGR(0.50) on MNIST after 30 epochs: with a fixed scale and cut
pixels the figures agree. A scale that the maps give shrinks in training, and with it goes what 100 samples gain.`,
  mixture: `## Nonparametric mixture

A mixture of Gaussians in ten dimensions with up to 20 components, whose weights are those of broken sticks.`,
};

function section(model) {
  const parts = datasets.map((dataset) => {
    const found = runs.filter((run) => run.model === model && run.dataset === dataset && isFinished(run)).map(load);
    if (found.length === 0) return `### ${dataset}\n\nNot run yet.`;
    const pictures = found
      .filter(({ shows }) => shows)
      .flatMap(({ name, title, config }) =>
        config.pictures.map(({ file, caption }) => {
          const path = relative(args.out, join(folder, name, file)).replaceAll("\\", "/");
          return `${title}. ${caption}\n\n![${title} on ${dataset}](${path})`;
        }),
      );
    const { likelihood } = found[0].config;
    return [`### ${dataset}`, `${likelihood}.`, table(found), ...pictures].join("\n\n");
  });
  return [introductions[model], ...parts].join("\n\n");
}

function writePage() {
  const finished = runs.filter(isFinished).map(load);
  const missing = runs.length - finished.length;
  const machines = [
    ...new Set(
      finished.map(({ made: { machine } }) => `${machine.cores} cores (${machine.cpu}), Node ${machine.node}`),
    ),
  ];
  const loads = finished.map(({ made }) => made.load);
  const epochs = [...new Set(finished.map(({ epochs: logs }) => logs.length))].join(" or ");
  const limited = args["train-images"] ? ` on ${args["train-images"]} training images` : "";
  const seconds = finished.reduce((sum, { made }) => sum + made.seconds, 0);
  const text = `# Models

Written by \`npm run docs:models\` from the runs kept in [results/models](results/models): ${epochs || 5} epochs of each model${limited} unless a row says otherwise, seed 1, batches
of 64, compiled. ${missing === 0 ? "" : `${missing} of ${runs.length} runs are still to be made. `}These are short runs that show each model at work, not results to compare with a paper's.

All numbers are in nats per image on test images, ± standard errors over images. ELBOs are those of all test images, one sample each. Milliseconds per
step are those of the fastest epoch, data included; the time is that of the whole run, evaluation after each epoch included.

${Object.keys(introductions).map(section).join("\n\n")}

## Made on

${machines.join("; ") || "-"}. Load of the machine before a run: ${loads.length === 0 ? "-" : `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`}. All runs together: ${Math.round(seconds / 60)} minutes.
`;
  mkdirSync(args.out, { recursive: true });
  const temporary = `${page}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, page);
}

const wanted = runs.filter(({ name }) => !args.only || name.includes(args.only));
if (args.list) {
  for (const run of wanted) console.log(`${isFinished(run) ? "finished" : "to run  "}  ${run.name}`);
} else {
  if (!args["only-page"]) {
    ensureInstalled("experiments");
    mustRunNode("node_modules/typescript/bin/tsc", ["-b", "apps/experiments"]);
    for (const run of wanted) {
      if (isFinished(run)) {
        console.log(`${run.name}: kept`);
        continue;
      }
      console.log(`${run.name}: igr train ${run.options.join(" ")}`);
      train(run);
      // The page tells of what there is, also if a later run fails.
      writePage();
    }
  }
  writePage();
  console.log(page);
}
