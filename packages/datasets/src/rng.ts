/**
 * The part of a seeded random generator that batches use; `createRng(seed)` of @igr/core has it, and so can any
 * other generator.
 */
export interface Rng {
  /** Fills `target` with the next uniform 32-bit words of the stream. */
  bits(target: Uint32Array): void;
  /**
   * An independent stream: a pure function of the seed, the labels on the way here and `label`. It neither advances
   * this stream nor depends on its position.
   */
  fork(label: string): Rng;
  /** One identity shared by a generator and all its forks. */
  readonly root: object;
}
