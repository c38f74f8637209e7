import { expect, test } from "vitest";
import { makeBuiltIn } from "../study/built-in/index.js";
import type { GroupResult } from "../study/study.js";
import { orderSentences } from "./order.js";

/** Table 1 with these bounds on MNIST, by protocol and row. */
async function table1(bounds: Record<string, Record<string, number>>): Promise<GroupResult[]> {
  const { groups } = await makeBuiltIn("table-1", { datasets: ["mnist"], seeds: 1, protocols: ["paper", "authors"] });
  return groups.map((group) => {
    const value = bounds[group.labels.protocol!]?.[group.labels.model!];
    const measures = { epochs: 100, measuredEpoch: 100, values: { elbo: { value: value!, unit: "nats" as const } } };
    return {
      group,
      runs: group.configurations.map((configuration) => ({
        configuration,
        ...(value === undefined ? {} : { measures }),
      })),
    };
  });
}

test("says whether the order is the paper's, and what both protocols give", async () => {
  const paper = { "IGR(0.50)": -99.9, "GS(0.67)": -140.2, "IGR(0.10)": -130 };
  expect(orderSentences("table-1", await table1({ paper }))).toEqual([
    "On mnist, our protocol, the order of the measured rows is IGR(0.50), IGR(0.10), GS(0.67), best first; the paper's is IGR(0.50), GS(0.67), IGR(0.10).",
  ]);
  const authors = { "IGR(0.50)": -104.1, "GS(0.67)": -122 };
  expect(orderSentences("table-1", await table1({ paper, authors })).slice(1)).toEqual([
    "On mnist, the authors' protocol, the order of the measured rows is the paper's, best first: IGR(0.50), GS(0.67).",
    "On mnist, by protocol: IGR(0.50) has -99.9 by ours, -104.1 by the authors' and -100.4 in the paper; GS(0.67) has -140.2 by ours, -122.0 by the authors' and -121.9 in the paper.",
  ]);
  expect(orderSentences("figure-3", [])).toEqual([]);
});
