export { loadCelebA } from "./celeba.js";
export { loadImageFolder } from "./image-folder.js";
export { loadOmniglot } from "./omniglot.js";
export { loadSilhouettes } from "./silhouettes.js";
