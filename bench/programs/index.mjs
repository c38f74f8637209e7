// Programs that have nothing to do with this project, written as users of tfjs write them.
import { convnet } from "./convnet.mjs";
import { gan } from "./gan.mjs";
import { logistic } from "./logistic.mjs";
import { gru, lstm } from "./recurrent.mjs";
import { transformer } from "./transformer.mjs";

/**
 * `make(sizes)` makes a program on the active backend: either `model`, a compiled tf.LayersModel for `trainOnBatch`, or
 * `step`, a loop's own function that returns its losses; and `batches`, the arguments of each call in turn. Programs
 * with `hasDropout` take `dropout: false`, for losses that are the same everywhere.
 */
export const programs = { convnet, lstm, gru, transformer, gan, logistic };
