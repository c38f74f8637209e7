export { loadCelebA } from "./celeba.js";
export { loadImageFolder } from "./image-folder.js";
export { readNpzPair } from "./npz.js";
export { loadOmniglot } from "./omniglot.js";
export { loadSilhouettes } from "./silhouettes.js";
