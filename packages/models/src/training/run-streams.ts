import { createRng, type Rng, type RngState } from "@igr/core";

/** The states of the two advancing streams when a run was saved. */
export interface StreamStates {
  readonly noise: RngState;
  readonly evaluationNoise: RngState;
}

/**
 * The random streams of a run, forks of the caller's. Streams for data start again in each epoch, so a resumed run can
 * repeat their draws. The noise of training and of evaluation continues through all epochs; a checkpoint stores its
 * state.
 */
export class RunStreams {
  readonly noise: Rng;
  readonly evaluationNoise: Rng;
  readonly #data: Rng;
  readonly #evaluation: Rng;

  constructor(rng: Rng, resumed?: StreamStates) {
    this.#data = rng.fork("data");
    this.#evaluation = rng.fork("eval");
    this.noise = resumed ? createRng.fromState(resumed.noise) : rng.fork("noise");
    this.evaluationNoise = resumed ? createRng.fromState(resumed.evaluationNoise) : this.#evaluation.fork("noise");
  }

  /** Shuffling and binarization of the training images. */
  data(epoch: number): Rng {
    return this.#data.fork(`epoch ${epoch}`);
  }

  /** Binarization of the validation images, the first batch that gradients are counted on, or the draws for it. */
  evaluation(epoch: number, use: "binarization" | "first batch" | "vanished gradients"): Rng {
    return this.#evaluation.fork(`epoch ${epoch}`).fork(use);
  }
}
