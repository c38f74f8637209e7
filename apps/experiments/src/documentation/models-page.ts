import type { RunStore } from "../run/store.js";
import { keptStudy } from "./kept-views.js";
import { type DocumentationFile, Page } from "./page.js";
import { picturesOf } from "./run-pictures.js";

/** What a class of models is, and whose pictures are shown. */
const families: Readonly<Record<string, { readonly text: string; readonly pictured: string }>> = {
  "models-discrete-vae": {
    text: [
      "30 variables of 10 categories; dense networks unless the row says otherwise. IGR-SB draws from 20 sticks, its prior is fitted to ten equally",
      "likely categories, and the row shows how many categories its draws keep.",
    ].join("\n"),
    pictured: "discrete VAE IGR",
  },
  "models-joint-vae": {
    text: [
      "Ten continuous variables and one categorical one, convolutional architecture 1 on images padded to 32x32, with gamma of Dupont's presets. The",
      "capacities are reached after 4,000 steps instead of 25,000 or 50,000, so that the short run reaches them.",
    ].join("\n"),
    pictured: "JointVAE IGR",
  },
  "models-structured-prediction": {
    text: [
      "The lower half of an image from its upper half: 392-240-240-392, tanh maps, bits in {-1, 1}, IGR with scale 1, one sample in training. The test ELBO",
      "is minus the negative log-likelihood with one sample; the other columns have 100.",
    ].join("\n"),
    pictured: "structured prediction IGR",
  },
  "models-mixture": {
    text: "A deep Gaussian mixture whose number of components is unbounded: IGR-SB over the components.",
    pictured: "mixture IGR-SB",
  },
};

/** docs/models.md: a short run of each model. */
export async function modelsPage(store: RunStore): Promise<DocumentationFile[]> {
  const page = new Page("models.md", "results/figures");
  page.add(
    "# Models",
    [
      "Written by `npm run docs:results` from the runs in [results/kept](results/kept). `igr study models` repeats them: a short run of each model, which",
      "demonstrates the model and cannot be compared with a paper's. [Results](results/README.md) has the runs of full length.",
    ].join("\n"),
  );
  const { results, views } = await keptStudy("models", {}, store);
  for (const table of views.tables) {
    const { text, pictured } = families[table.name]!;
    page.add(`## ${table.title}`, text).addTable(table, "");
    for (const result of results) {
      if (result.group.labels.model === pictured) page.add(...picturesOf(result, "results/kept"));
    }
  }
  return page.files();
}
