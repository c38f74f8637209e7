import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Table } from "../view/table.js";

/** What bench/peers/torch_train.py writes; a bound is its mean and standard error over images. */
interface TorchTraining {
  readonly torch: string;
  readonly latent: "igr" | "gs";
  readonly temperature: number;
  readonly protocol: "ours" | "authors";
  readonly epochs: number;
  readonly seed: number;
  readonly testElbo: readonly [number, number];
  readonly trainingElbo: readonly [number, number];
  readonly hardElbo?: readonly [number, number];
}

/** The trainings of table 1 by an independent program in PyTorch; undefined until there is one. */
export function torchTrainings(docs: string): Table | undefined {
  const folder = join(docs, "results", "torch-training");
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  if (files.length === 0) return undefined;
  const found = files.map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as TorchTraining);
  const cell = (bound: readonly [number, number] | undefined) =>
    bound === undefined ? { text: "" } : { text: bound[0].toFixed(1), value: bound[0] };
  return {
    name: "torch-training",
    title: "The same trainings by an independent program in PyTorch",
    head: [
      "`python bench/peers/torch_train.py` trains a row on MNIST; its results are in [torch-training](torch-training).",
    ],
    columns: [
      { key: "model", title: "model", align: "left" },
      { key: "protocol", title: "protocol", align: "left" },
      { key: "test", title: "test ELBO" },
      { key: "training", title: "training ELBO" },
      { key: "hard", title: "hard ELBO" },
      { key: "epochs", title: "epochs" },
      { key: "seed", title: "seed" },
      { key: "torch", title: "PyTorch" },
    ],
    rows: found.map(({ latent, temperature, protocol, testElbo, trainingElbo, hardElbo, epochs, seed, torch }) => ({
      model: { text: `${latent === "igr" ? "IGR" : "GS"}(${temperature.toFixed(2)})` },
      protocol: { text: protocol === "authors" ? "authors'" : "ours", value: protocol },
      test: cell(testElbo),
      training: cell(trainingElbo),
      hard: cell(hardElbo),
      epochs: { text: `${epochs}`, value: epochs },
      seed: { text: `${seed}`, value: seed },
      torch: { text: torch },
    })),
    notes: [],
  };
}
