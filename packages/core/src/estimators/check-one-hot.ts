import { OneHotCategorical } from "../distributions/one-hot-categorical.js";

/**
 * Rejects other distributions, for which the result would not estimate anything: a Concrete has logits and draws too.
 *
 * @throws TypeError unless it is a OneHotCategorical.
 */
export function checkOneHot(owner: string, distribution: unknown): asserts distribution is OneHotCategorical {
  if (!(distribution instanceof OneHotCategorical)) {
    const name = (distribution as { name?: unknown } | undefined)?.name ?? distribution;
    throw new TypeError(
      `${owner}: distribution must be a OneHotCategorical, as relaxed.discrete() makes one of a relaxed distribution, got ${String(name)}`,
    );
  }
}
