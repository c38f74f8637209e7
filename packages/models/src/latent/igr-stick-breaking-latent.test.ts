import { createRng } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { bars } from "../../test/array-images.js";
import { igr, igrSb, makeModel, sticks } from "../../test/latents.js";
import { expectClose, numbers } from "../../test/values.js";

describe("IGR-SB", () => {
  test("each sample keeps its own number of categories, categories that are cut off are 0, and the remainder is the last coordinate", () => {
    const latent = igrSb({ rho: 0.6 });
    const parameters = latent.parameters(createRng(4).normal([50, 2, 10]) as tf.Tensor3D);
    const { z, kept: counts } = latent.sample(parameters, createRng(6));
    const kept = numbers(counts!);
    const rows = numbers(z);
    expect(new Set(kept).size).toBeGreaterThan(2);
    for (const [i, count] of kept.entries()) {
      const row = rows.slice(6 * i, 6 * i + 6);
      expect(row.slice(count, 5).every((value) => value === 0)).toBe(true);
      expect(row.slice(0, count).every((value) => value > 0)).toBe(true);
      expect(row[5]).toBeGreaterThan(0);
      expect(row.indexOf(Math.max(...row))).toBeLessThan(5);
    }
  });

  test("models report the mean number that they keep", () => {
    const model = makeModel(igrSb());
    const x = tf.tensor2d(bars(20, 4));
    const { kept } = model.latent.sample(model.encode(x), createRng(1));
    expectClose(model.elbo(x, createRng(1)).keptCategories!, numbers(tf.mean(kept!, 1)), { rtol: 1e-6 });
    expect(Object.keys(makeModel(igr()).elbo(x, createRng(1)))).toEqual(["elbo", "reconstruction", "kl"]);
  });

  test("rejects numbers out of range", () => {
    expect(() => igrSb({ rho: 1 })).toThrow("IgrStickBreakingLatent: rho must be a number in (0, 1), got 1");
    expect(() => igrSb({ prior: { ...sticks, rho: 0.99 } })).toThrow(
      "IgrStickBreakingLatent: prior must be fitted at rho = 0.8, where the model cuts, got one of 0.99",
    );
    expect(() => igrSb({ prior: { ...sticks, rho: 0.8 } }).dispose()).not.toThrow();
    expect(() => igrSb({ maxCategories: 4 })).toThrow(
      "IgrStickBreakingLatent: prior.loc must hold maxCategories = 4 finite numbers, got [-1,-0.8,-0.6,-0.2,0.3]",
    );
  });
});
