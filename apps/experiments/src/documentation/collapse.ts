import { meanOf } from "../study/statistics.js";
import { type GroupResult, valuesOf } from "../study/study.js";
import { placeOf } from "./order.js";

/** Nats: a posterior with a smaller divergence from its prior says nothing about the image. */
const NOTHING = 0.1;

/** Models whose decoder ignores the latents ("posterior collapse"), for each data set and protocol. */
export function collapseSentences(results: readonly GroupResult[]): string[] {
  const collapsed = new Map<string, string[]>();
  for (const { group, runs } of results) {
    const { model = "", data = "", protocol } = group.labels;
    const divergences = valuesOf(runs, "kl");
    if (divergences.length === 0 || meanOf(divergences) >= NOTHING) continue;
    const where = placeOf(data, protocol);
    const text = `${model} (KL ${meanOf(divergences).toFixed(2)} nats)`;
    collapsed.set(where, [...(collapsed.get(where) ?? []), text]);
  }
  return [...collapsed].map(
    ([where, models]) =>
      `${where}, the posteriors of ${models.join(" and ")} collapsed to the prior: the decoder ignores the latents and gives every image the same pixels, so these bounds are those of a model without latents.`,
  );
}
