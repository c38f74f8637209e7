import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { batchesOf, normals, setStartWeights, uniforms } from "./start.mjs";

const { batchNormalization, conv2d, conv2dTranspose, dense, dropout, flatten, leakyReLU, reshape } = tfl.layers;

function makeGenerator(latent, size, [first, second]) {
  const side = size / 4;
  const model = tfl.sequential();
  model.add(dense({ units: side * side * first, useBias: false, inputShape: [latent] }));
  model.add(batchNormalization());
  model.add(leakyReLU({ alpha: 0.2 }));
  model.add(reshape({ targetShape: [side, side, first] }));
  model.add(conv2dTranspose({ filters: second, kernelSize: 4, strides: 2, padding: "same", useBias: false }));
  model.add(batchNormalization());
  model.add(leakyReLU({ alpha: 0.2 }));
  model.add(conv2dTranspose({ filters: 1, kernelSize: 4, strides: 2, padding: "same", activation: "tanh" }));
  return model;
}

function makeDiscriminator(size, [first, second], rate) {
  const model = tfl.sequential();
  model.add(conv2d({ filters: second, kernelSize: 4, strides: 2, padding: "same", inputShape: [size, size, 1] }));
  model.add(leakyReLU({ alpha: 0.2 }));
  model.add(dropout({ rate }));
  model.add(conv2d({ filters: first, kernelSize: 4, strides: 2, padding: "same" }));
  model.add(leakyReLU({ alpha: 0.2 }));
  model.add(dropout({ rate }));
  model.add(flatten());
  model.add(dense({ units: 1 }));
  return model;
}

/** DCGAN with its own loop: a step of the discriminator, then one of the generator, each with its optimizer. */
export const gan = {
  title: "GAN (DCGAN), 28x28x1, filters 64-32, two Adams, batch 64",
  sizes: { batch: 64, latent: 100, size: 28, filters: [64, 32] },
  small: { batch: 4, latent: 6, size: 8, filters: [4, 3] },
  hasDropout: true,
  make({ batch, latent, size, filters, dropout: isDropping = true }) {
    const generator = makeGenerator(latent, size, filters);
    const discriminator = makeDiscriminator(size, filters, isDropping ? 0.3 : 0);
    setStartWeights(generator, 6000);
    setStartWeights(discriminator, 6050);
    const variablesOf = (model) => model.trainableWeights.map((weight) => weight.val);
    const [ofGenerator, ofDiscriminator] = [generator, discriminator].map(variablesOf);
    const optimizers = { generator: tf.train.adam(2e-4, 0.5), discriminator: tf.train.adam(2e-4, 0.5) };
    const generate = (noise) => generator.apply(noise, { training: true });
    const judge = (images) => discriminator.apply(images, { training: true });
    const loss = (logits, isReal) => {
      const labels = isReal ? tf.onesLike(logits) : tf.zerosLike(logits);
      return tf.losses.sigmoidCrossEntropy(labels, logits);
    };

    /** Losses of the discriminator and of the generator. */
    function step(images, noise, otherNoise) {
      const ofReal = () => loss(judge(images), true);
      const ofFake = () => loss(judge(generate(noise)), false);
      const discriminatorLoss = optimizers.discriminator.minimize(
        () => tf.add(ofReal(), ofFake()),
        true,
        ofDiscriminator,
      );
      const fool = () => loss(judge(generate(otherNoise)), true);
      const generatorLoss = optimizers.generator.minimize(fool, true, ofGenerator);
      return [discriminatorLoss, generatorLoss];
    }
    const batches = batchesOf((k) => [
      tf.tidy(() => tf.sub(tf.mul(uniforms([batch, size, size, 1], 6100 + k), 2), 1)),
      normals([batch, latent], 6200 + k),
      normals([batch, latent], 6300 + k),
    ]);
    return { step, batches };
  },
};
