// Variance of the encoder's gradient on trained VAEs: of every estimator, of the Monte Carlo divergence, and of eq 2 and 4.
// The networks are small (784-128-200 and back, 20 variables of 10 categories) and train for a few epochs on MNIST.
import { loadMnist } from "@igr/datasets";
import {
  BernoulliLikelihood,
  DiscreteVAE,
  denseDecoder,
  denseEncoder,
  fit,
  GumbelSoftmaxLatent,
  IgrLatent,
} from "@igr/models";
import { draws, size, threads } from "./encoder-gradients.mjs";
import { core, tf } from "./libraries.mjs";
import { compareDivergences, compareEquations } from "./vae-divergences.mjs";
import { compareEstimators } from "./vae-estimators.mjs";

const epochs = 3;

function build(latent) {
  const rng = core.createRng("weights");
  const hidden = [128];
  return new DiscreteVAE({
    encoder: denseEncoder({ outputs: latent.encoderOutputs, hidden, rng: rng.fork("encoder") }),
    decoder: denseDecoder({ inputs: latent.decoderInputs, hidden, rng: rng.fork("decoder") }),
    latent,
    likelihood: new BernoulliLikelihood(),
  });
}

async function train(latent, data) {
  const model = build(latent);
  const options = { epochs, rng: core.createRng("training"), validationData: data.test, jit: { threads } };
  const { epochs: logs } = await fit(model, data.train, options);
  return { model, elbo: logs.at(-1).validation.elbo, vanished: logs.map((log) => log.vanishedGradients) };
}

const gsLatent = (temperature) => new GumbelSoftmaxLatent({ ...size, temperature });

function igrLatent(temperature) {
  const target = new Array(size.categories).fill(1 / size.categories);
  const { loc, scale } = core.fitPrior({ target, temperature, rng: core.createRng("prior") });
  return new IgrLatent({ ...size, temperature, prior: { loc: loc.dataSync(), scale: scale.dataSync() } });
}

/** Everything that needs trained weights. */
export async function measureVae() {
  const [all, test] = await Promise.all([loadMnist({ split: "train" }), loadMnist({ split: "test" })]);
  const data = { train: all, test };
  const gs = await train(gsLatent(0.67), data);
  const igr = await train(igrLatent(0.5), data);
  // The temperatures at which 75 % of the draws are within 0.2 of a vertex, for the share of vanished gradients.
  const [coldGs, coldIgr] = [await train(gsLatent(0.15), data), await train(igrLatent(0.1), data)];
  const rng = core.createRng("images");
  let x;
  for await (const batch of test.batches({ batchSize: 64, shuffle: false, rng, binarize: "dynamic" })) {
    x = tf.reshape(batch.images, [64, 784]);
    break;
  }
  const inTraining = { "GS(0.67)": gs, "IGR(0.50)": igr, "GS(0.15)": coldGs, "IGR(0.10)": coldIgr };
  return {
    size,
    epochs,
    draws,
    trained: { GS: { elbo: gs.elbo }, IGR: { elbo: igr.elbo } },
    inTraining: Object.entries(inTraining).map(([name, { elbo, vanished }]) => ({ name, elbo, vanished })),
    estimators: await compareEstimators(gs.model, x),
    divergences: await compareDivergences(gs.model, igr.model, x),
    equations: [...(await compareEquations("GS", gs.model, x)), ...(await compareEquations("IGR", igr.model, x))],
  };
}
