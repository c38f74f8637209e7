import { Concrete, createRng, vertexProximity } from "@igr/core";
import { expect, test } from "vitest";
import { chooseEngine } from "../../run/engine.js";
import { matched } from "./vertex-rule.js";

test("75 % of the draws of GS at the rule's temperature lie within 0.2 of a vertex, within 1 %", async () => {
  await chooseEngine("cpu");
  const relaxed = new Concrete({ temperature: matched, logits: Array(10).fill(0) });
  const share = vertexProximity(relaxed, { rng: createRng("vertex rule"), samples: 20_000 });
  expect(Math.abs((share.arraySync() as number) - 0.75)).toBeLessThan(0.01);
});
