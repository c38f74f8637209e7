import type { RunStore } from "../run/store.js";
import { approximationsPage } from "./approximations-page.js";
import { discreteLatentsPage } from "./discrete-latents-page.js";
import { modelsPage } from "./models-page.js";
import { estimatorsPage } from "./numerics/estimators-page.js";
import { numericsPage } from "./numerics/numerics-page.js";
import type { DocumentationFile } from "./page.js";
import { resultsPage } from "./results-page.js";
import { discreteProbsPage } from "./speed/discrete-probs-page.js";
import { eagerPage } from "./speed/eager-page.js";
import { gpuPage } from "./speed/gpu-page.js";
import { modelsStepPage } from "./speed/models-step-page.js";
import { programsPage } from "./speed/programs-page.js";
import { scalingPage } from "./speed/scaling-page.js";
import { startPage } from "./speed/start-page.js";
import { stepPage } from "./speed/step-page.js";
import { webStepPage } from "./speed/web-step-page.js";
import { temperaturesPage } from "./temperatures-page.js";

/** Pages that are generated from kept runs, calculations and measurements, by name. */
export const pageNames = [
  "results",
  "approximations",
  "temperatures",
  "models",
  "discrete-latents",
  "numerics",
  "estimators",
  "step",
  "models-step",
  "programs",
  "discrete-probs",
  "eager",
  "gpu",
  "scaling",
  "web-step",
  "start",
] as const;
export type PageName = (typeof pageNames)[number];

/** The files of a page; `docs` is the folder of the documentation, for what lies there beside. */
export async function documentationPage(name: PageName, store: RunStore, docs: string): Promise<DocumentationFile[]> {
  switch (name) {
    case "results":
      return resultsPage(store, docs);
    case "approximations":
      return approximationsPage(store, docs);
    case "temperatures":
      return temperaturesPage(store);
    case "models":
      return modelsPage(store);
    case "discrete-latents":
      return discreteLatentsPage(store, docs);
    case "numerics":
      return numericsPage(docs);
    case "estimators":
      return estimatorsPage(docs);
    case "step":
      return stepPage(docs);
    case "models-step":
      return modelsStepPage(docs);
    case "programs":
      return programsPage(docs);
    case "discrete-probs":
      return discreteProbsPage(docs);
    case "eager":
      return eagerPage(docs);
    case "gpu":
      return gpuPage(docs);
    case "scaling":
      return scalingPage(docs);
    case "web-step":
      return webStepPage(docs);
    case "start":
      return startPage(docs);
  }
}

/** Folders that contain only charts of these pages. */
export const chartFolders: readonly string[] = ["results/figures", "temperatures"];
