import { expect, test } from "vitest";
import { makeBuiltIn } from "../study/built-in/index.js";
import { collapseSentences } from "./collapse.js";

test("names the models whose posterior equals the prior", async () => {
  const { groups } = await makeBuiltIn("table-1", { datasets: ["mnist"], seeds: 1, protocols: ["paper", "authors"] });
  const kl: Record<string, number> = { "GS(0.67)": 0.008, "GS(0.25)": 0.02, "IGR(0.50)": 0.1 };
  const results = groups.map((group) => ({
    group,
    runs: group.configurations.map((configuration) => {
      const value = group.labels.protocol === "paper" ? kl[group.labels.model!] : undefined;
      if (value === undefined) return { configuration };
      const values = { kl: { value, unit: "nats" as const } };
      return { configuration, measures: { epochs: 100, measuredEpoch: 100, values } };
    }),
  }));
  expect(collapseSentences(results)).toEqual([
    "On mnist, our protocol, the posteriors of GS(0.67) (KL 0.01 nats) and GS(0.25) (KL 0.02 nats) collapsed to the prior: the decoder ignores the latents and gives every image the same pixels, so these bounds are those of a model without latents.",
  ]);
  expect(collapseSentences([])).toEqual([]);
});
