import { radialFlow, sylvesterFlow } from "@igr/bijectors";
import { createRng } from "@igr/core";
import type * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { planar, prior } from "../../test/latents.js";
import { expectClose, numbers } from "../../test/values.js";
import { IgrPlanarLatent } from "./igr-planar-latent.js";

describe("IGR-Planar", () => {
  const outputs = createRng(4).normal([3, 2, 6]) as tf.Tensor3D;

  test("flows of another family are saved and made again; depth and flow exclude each other", () => {
    const flow = sylvesterFlow({ size: 3, units: 2 });
    const latent = planar({ depth: undefined, flow });
    const { kind, ...config } = latent.config();
    expect(config).toMatchObject({ flow: { kind: "sylvester", size: 3, units: 2 } });
    expect(config).not.toHaveProperty("depth");
    const again = new IgrPlanarLatent({ ...(config as object), rng: createRng(1) } as never);
    expect(again.config()).toEqual(latent.config());
    expect(() => planar({ flow })).toThrow("IgrPlanarLatent: needs either depth or flow, got both");
    expect(() => planar({ depth: undefined })).toThrow("needs either depth or flow, got neither");
    const wide = radialFlow({ size: 4 });
    expect(() => planar({ depth: undefined, flow: wide })).toThrow("flow must have K-1 = 3 coordinates and no context");
    latent.dispose();
    again.dispose();
  });

  /** One planar flow in float64: Rezende and Mohamed 2015, eq 10 and 12, with their uHat. */
  function planarStep(x: number[], u: number[], w: number[], b: number): { y: number[]; logDet: number } {
    const dot = (p: number[], q: number[]) => p.reduce((sum, value, i) => sum + value * q[i]!, 0);
    const wu = dot(w, u);
    const uHat = u.map((v, i) => v + ((Math.log1p(Math.exp(wu)) - 1 - wu) * w[i]!) / dot(w, w));
    const h = Math.tanh(dot(w, x) + b);
    return { y: x.map((v, i) => v + uHat[i]! * h), logDet: Math.log(1 + (1 - h * h) * dot(w, uHat)) };
  }

  test.each(["through-flow", "fixed"] as const)("draws and log ratios with the prior %s equal float64", (flowPrior) => {
    const latent = planar({ depth: 2, flowPrior });
    const parameters = latent.parameters(outputs);
    const { z, logRatio } = latent.sample(parameters, createRng(6));
    const eps = numbers(createRng(6).normal([3, 2, 3]));
    const flows = Object.fromEntries(Object.entries(latent.flow.variables).map(([name, v]) => [name, numbers(v)]));
    const raw = numbers(outputs);
    const expectedZ: number[] = [];
    const expectedRatio: number[] = [];
    for (let b = 0; b < 3; b++) {
      for (let n = 0; n < 2; n++) {
        const at = (b * 2 + n) * 6;
        const noise = eps.slice((b * 2 + n) * 3, (b * 2 + n) * 3 + 3);
        const loc = raw.slice(at, at + 3);
        const scale = raw.slice(at + 3, at + 6).map(Math.exp);
        const y = loc.map((m, k) => m + scale[k]! * noise[k]!);
        let x = y;
        let logDet = 0;
        for (const layer of [0, 1]) {
          const part = (name: string) => flows[`${layer}/${name}`]!.slice(3 * n, 3 * n + 3);
          const step = planarStep(x, part("u"), part("w"), flows[`${layer}/b`]![n]!);
          x = step.y;
          logDet += step.logDet;
        }
        const logits = [...x.map((v) => v / 0.3), Math.log(0.1)];
        const total = logits.reduce((sum, v) => sum + Math.exp(v), 0);
        expectedZ.push(...logits.map((v) => Math.exp(v) / total));
        const seen = flowPrior === "fixed" ? x : y;
        const logQ = noise.reduce((sum, e, k) => sum - e ** 2 / 2 - Math.log(scale[k]!), 0);
        const logP = seen.reduce(
          (sum, v, k) => sum - ((v - prior.loc[k]!) / prior.scale[k]!) ** 2 / 2 - Math.log(prior.scale[k]!),
          0,
        );
        expectedRatio.push(logQ - logP - (flowPrior === "fixed" ? logDet : 0));
      }
    }
    expectClose(z, expectedZ, { rtol: 1e-4, atol: 1e-7 });
    expectClose(logRatio(), expectedRatio, { rtol: 1e-5, atol: 1e-5 });
  });
});
