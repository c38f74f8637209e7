// Regenerates docs/results.md and docs/results/mnist-3-epochs: three epochs of IGR(0.50) and GS(0.67) on all of MNIST with
// three seeds each. `npm run results` takes a few minutes; `npm run results -- --only-page` rewrites the page from the kept runs.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { ensureInstalled, mustRunNode, root } from "./workspace.mjs";

const seeds = [1, 2, 3];
const epochs = 3;
const models = [
  { relaxation: "igr", title: "IGR(0.50)", reference: [-190.2, -160.0, -149.0] },
  { relaxation: "gs", title: "GS(0.67)", reference: [-194.3, -184.2, -173.4] },
];
const kept = join(root, "docs", "results", "mnist-3-epochs");

function train() {
  ensureInstalled("experiments");
  mustRunNode("node_modules/typescript/bin/tsc", ["-b", "apps/experiments"]);
  const work = mkdtempSync(join(tmpdir(), "igr-results-"));
  for (const seed of seeds) {
    for (const { relaxation } of models) {
      const out = join(work, `${relaxation}-seed-${seed}`);
      const options = [
        "--relaxation",
        relaxation,
        "--epochs",
        `${epochs}`,
        "--seed",
        `${seed}`,
        "--out",
        out,
        "--quiet",
      ];
      mustRunNode("apps/experiments/bin/igr.mjs", ["train", ...options]);
    }
  }
  rmSync(kept, { recursive: true, force: true });
  for (const seed of seeds) {
    for (const { relaxation } of models) {
      const name = `${relaxation}-seed-${seed}`;
      mkdirSync(join(kept, name), { recursive: true });
      for (const file of ["config.json", "metrics.jsonl"]) cpSync(join(work, name, file), join(kept, name, file));
    }
  }
  rmSync(work, { recursive: true, force: true });
  writeFileSync(
    join(kept, "machine.json"),
    `${JSON.stringify({ cores: cpus().length, model: cpus()[0]?.model.trim(), node: process.version }, null, 2)}\n`,
  );
}

function readRuns({ relaxation }) {
  return seeds.map((seed) => {
    const folder = join(kept, `${relaxation}-seed-${seed}`);
    const lines = readFileSync(join(folder, "metrics.jsonl"), "utf8").trim().split("\n");
    return {
      config: JSON.parse(readFileSync(join(folder, "config.json"), "utf8")),
      epochs: lines.map((line) => JSON.parse(line)),
    };
  });
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values) =>
  Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1));
const spread = (values, digits = 1) => `${mean(values).toFixed(digits)} ± ${deviation(values).toFixed(digits)}`;

function page() {
  const machine = JSON.parse(readFileSync(join(kept, "machine.json"), "utf8"));
  const rows = [];
  const runs = models.map((model) => ({ ...model, runs: readRuns(model) }));
  for (const { title, reference, runs: repeated } of runs) {
    for (let epoch = 0; epoch < epochs; epoch += 1) {
      const values = (pick) => repeated.map(({ epochs: logs }) => pick(logs[epoch]));
      const elbo = values((log) => log.validation.elbo);
      rows.push([
        epoch === 0 ? title : "",
        `${epoch + 1}`,
        elbo.map((value) => value.toFixed(2)).join(", "),
        spread(elbo),
        reference[epoch].toFixed(1),
        (mean(elbo) - reference[epoch]).toFixed(1),
        spread(values((log) => log.validation.kl)),
        `${(100 * mean(values((log) => log.vanishedGradients.zero))).toFixed(2)} %`,
        `${Math.round(mean(values((log) => log.imagesPerSecond))).toLocaleString("en-US")}`,
        mean(values((log) => log.seconds)).toFixed(1),
      ]);
    }
  }
  const head = [
    "model",
    "epoch",
    "test ELBO, seeds 1, 2, 3",
    "mean ± sd",
    "PyTorch",
    "difference",
    "test KL",
    "vanished",
    "images/s",
    "seconds per epoch",
  ];
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const [igr, gs] = runs.map(({ runs: repeated }) => repeated.map(({ epochs: logs }) => logs.at(-1).validation.elbo));
  const { environment } = runs[0].runs[0].config;
  const versions = Object.entries(environment.versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
  return `# Results

Written by \`npm run results\` from the runs kept in [results/mnist-3-epochs](results/mnist-3-epochs) (config.json and metrics.jsonl of each).

## Three epochs on MNIST

Dense discrete VAE of the paper (30 variables of 10 categories, 784-512-256 and back), dynamically binarized MNIST, batches of 64,
Adam at 0.001. ELBO in nats per image on all 10,000 test images, binarized afresh, one sample per image; the standard error over
images is about 0.5. ± is the standard deviation over seeds.

${[line(head), line(head.map((_, k) => (k < 1 ? "---" : "---:"))), ...rows.map(line)].join("\n")}

After ${epochs} epochs IGR(0.50) is ahead of GS(0.67) by ${(mean(igr) - mean(gs)).toFixed(1)} nats on average over seeds (each seed: ${igr.map((value, k) => (value - gs[k]).toFixed(1)).join(", ")}).

"PyTorch" is an independent program of the same model and protocol (the known good values of the specification: one run). "Vanished" is the share of
the entries d z_k / d parameter_j that are exactly 0 in float32 on one test batch after the epoch (Figure 4 of the paper). "Seconds per epoch" counts training and evaluation.

Engine: ${environment.engine} on ${environment.backend}, ${versions}, Node ${environment.node}, ${machine.cores} cores (${machine.model}).
`;
}

if (!process.argv.includes("--only-page")) train();
writeFileSync(join(root, "docs", "results.md"), page());
console.log("docs/results.md is written.");
