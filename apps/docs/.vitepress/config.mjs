import { repositoryAddress } from "../src/assemble.mjs";

const item = (text, link) => ({ text, link });

/** A simplex with its three corners. */
const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Cpath d='M16 4 30 28H2z' fill='none' stroke='%23888' stroke-width='2'/%3E%3Ccircle cx='16' cy='5' r='4' fill='%230072b2'/%3E%3Ccircle cx='4' cy='27' r='4' fill='%23d55e00'/%3E%3Ccircle cx='28' cy='27' r='4' fill='%23009e73'/%3E%3C/svg%3E";

export default {
  title: "@igr",
  head: [["link", { rel: "icon", type: "image/svg+xml", href: icon }]],
  description: "Relaxed discrete random variables in TypeScript on TensorFlow.js",
  // Base path of the site on its host, such as /igr/ on GitHub Pages.
  base: process.env.IGR_DOCS_BASE ?? "/",
  srcDir: ".pages",
  outDir: "dist",
  cleanUrls: true,
  lastUpdated: false,
  // Dead links fail the build. This is the default, made explicit.
  ignoreDeadLinks: false,
  metaChunk: true,
  vite: { build: { chunkSizeWarningLimit: 4000 }, logLevel: "warn" },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      item("Guide", "/guide/getting-started"),
      item("Packages", "/packages/core"),
      // Pages that typedoc generates.
      { text: "API", link: "/api/index.html", target: "_self" },
      item("Results", "/results/README"),
    ],
    socialLinks: [{ icon: "github", link: repositoryAddress }],
    sidebar: [
      {
        text: "Guide",
        items: [
          item("Getting started", "/guide/getting-started"),
          item("Relaxations and temperatures", "/guide/relaxations"),
          item("Discrete latents", "/guide/discrete-latents"),
          item("Scaling up", "/guide/scaling"),
          item("Write your own", "/guide/extending"),
          item("Coming from TFP, Pyro, torch, distrax", "/guide/coming-from"),
          item("Questions and answers", "/guide/faq"),
        ],
      },
      {
        text: "In detail",
        items: [
          item("Relaxed variables", "/guide/relaxed-variables"),
          item("Distributions and divergences", "/guide/distributions"),
          item("Gradient estimators", "/guide/estimators"),
          item("Bijectors and flows", "/guide/flows"),
          item("The parts of a model", "/guide/model-parts"),
          item("Training, resuming, saving", "/guide/training"),
          item("Data sets", "/guide/datasets"),
          item("Files of data sets, pictures", "/guide/data-files"),
          item("The igr command", "/guide/command"),
          item("TensorFlow's library in Node", "/guide/tfjs-native"),
        ],
      },
      {
        text: "The compiler",
        items: [
          item("Compiling a function", "/guide/compiling"),
          item("How it works", "/jit"),
          item("Its kernels", "/jit-kernels"),
          item("Its speed", "/jit-performance"),
          item("Step times compared with peers", "/results/step"),
          item("GPUs", "/results/gpu"),
        ],
      },
      {
        text: "The paper",
        items: [
          item("Reproducing it", "/reproducing"),
          item("Many machines", "/many-machines"),
          item("Dividing the cores, measured", "/scaling"),
          item("Results", "/results/README"),
          item("Approximations", "/approximations"),
          item("Comparable temperatures", "/temperatures"),
          item("Estimators for discrete latents", "/discrete-latents"),
          item("Models", "/models"),
          item("Numerics", "/numerics"),
          item("Stability, measured", "/results/stability"),
          item("Gradient estimators", "/results/estimators"),
          item("Probabilities of categories", "/results/discrete-probs"),
          item("@igr/core without a compiler", "/results/eager"),
          item("Time and memory of the models", "/results/models-step"),
          item("Other programs, compiled", "/results/programs"),
          item("From a clone to the first epoch", "/results/start"),
        ],
      },
      {
        text: "Packages",
        items: [
          ...["bijectors", "core", "jit", "datasets", "models", "tensors", "files", "tfjs-native"].map((name) =>
            item(`@igr/${name}`, `/packages/${name}`),
          ),
          item("Data: MNIST", "/packages/data-mnist"),
          item("Data: Fashion-MNIST", "/packages/data-fashion-mnist"),
          item("@igr/experiments", "/packages/experiments"),
          item("Playground", "/packages/playground"),
          item("Examples", "/examples/"),
        ],
      },
      {
        text: "Development",
        items: [
          { text: "API reference", link: "/api/index.html", target: "_self" },
          item("Architecture", "/architecture"),
          item("Contributing", "/contributing"),
        ],
      },
    ],
  },
};
