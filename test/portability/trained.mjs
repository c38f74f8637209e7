// A VAE trained on pictures, with checkpoints, saved and loaded: files, locks and training outside of Node.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@igr/core";
import { ImageDataset } from "@igr/datasets";
import * as models from "@igr/models";

/** @returns the bound after two epochs, and that of the same model from its files. */
export async function trained() {
  const folder = mkdtempSync(join(tmpdir(), "igr-trained-"));
  const rng = createRng(3);
  const stripes = new ImageDataset({
    images: Uint8Array.from({ length: 32 * 16 }, (_, pixel) => (pixel % 2) * 255),
    labels: new Uint8Array(32),
    imageShape: [4, 4, 1],
  });
  const latent = new models.GumbelSoftmaxLatent({ variables: 2, categories: 3, temperature: 1 });
  const model = new models.DiscreteVAE({
    encoder: models.denseNetwork({ inputs: 16, hidden: [4], outputs: latent.encoderOutputs, rng: rng.fork("encoder") }),
    decoder: models.denseNetwork({ inputs: latent.decoderInputs, hidden: [4], outputs: 16, rng: rng.fork("decoder") }),
    latent,
    likelihood: new models.BernoulliLikelihood(),
  });
  try {
    const checkpoint = { dir: join(folder, "run") };
    const { epochs } = await models.fit(model, stripes, {
      epochs: 2,
      batchSize: 16,
      rng,
      engine: "eager",
      validationData: stripes,
      checkpoint,
    });
    await models.save(model, join(folder, "model"));
    const again = await models.load(join(folder, "model"));
    const image = createRng(4).uniform([1, 16]);
    const [elbo, same] = [model, again].map((each) => each.elbo(image, createRng(5)).elbo.dataSync()[0]);
    return [epochs[1].validation.elbo, elbo, same];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
