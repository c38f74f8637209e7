import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { batchesOf, integers, oneHot, setStartWeights } from "./start.mjs";

const { dense, embedding, layerNormalization, add } = tfl.layers;

/** Attention of each position to itself and earlier ones, as a layer of its own: tfjs-layers has none. */
class CausalSelfAttention extends tfl.layers.Layer {
  static className = "CausalSelfAttention";

  constructor({ heads, ...config }) {
    super(config);
    this.heads = heads;
  }

  build([, , width]) {
    const weight = (name, shape, initializer) =>
      this.addWeight(name, shape, "float32", tfl.initializers[initializer]({}));
    this.attentionKernel = weight("attentionKernel", [width, 3 * width], "glorotUniform");
    this.attentionBias = weight("attentionBias", [3 * width], "zeros");
    this.projectionKernel = weight("projectionKernel", [width, width], "glorotUniform");
    this.projectionBias = weight("projectionBias", [width], "zeros");
    super.build([null, null, width]);
  }

  computeOutputShape(shape) {
    return shape;
  }

  call(inputs) {
    return tf.tidy(() => {
      const x = [inputs].flat()[0];
      const [batch, length, width] = x.shape;
      const size = width / this.heads;
      const linear = (input, kernel, bias) =>
        tf.add(tf.matMul(tf.reshape(input, [batch * length, width]), kernel.read()), bias.read());
      const joined = linear(x, this.attentionKernel, this.attentionBias);
      const perHead = tf.transpose(tf.reshape(joined, [batch, length, 3, this.heads, size]), [2, 0, 3, 1, 4]);
      const [queries, keys, values] = tf.unstack(perHead);
      const isFuture = tf.sub(1, tf.linalg.bandPart(tf.ones([length, length]), -1, 0));
      const scores = tf.div(tf.matMul(queries, keys, false, true), Math.sqrt(size));
      const attention = tf.softmax(tf.add(scores, tf.mul(isFuture, -1e9)));
      const heads = tf.transpose(tf.matMul(attention, values), [0, 2, 1, 3]);
      return tf.reshape(linear(heads, this.projectionKernel, this.projectionBias), x.shape);
    });
  }
}
tf.serialization.registerClass(CausalSelfAttention);

/** A small GPT of one block: the next token at each position. */
export const transformer = {
  title: "Transformer block (GPT), 64 tokens of 64, width 128, 4 heads, batch 16, Adam",
  sizes: { batch: 16, length: 64, tokens: 64, width: 128, heads: 4 },
  small: { batch: 2, length: 5, tokens: 6, width: 8, heads: 2 },
  make({ batch, length, tokens, width, heads }) {
    const input = tfl.input({ shape: [length], dtype: "int32" });
    const positions = tfl.input({ shape: [length], dtype: "int32" });
    let x = add().apply([
      embedding({ inputDim: tokens, outputDim: width }).apply(input),
      embedding({ inputDim: length, outputDim: width }).apply(positions),
    ]);
    const attention = new CausalSelfAttention({ heads }).apply(layerNormalization().apply(x));
    x = add().apply([x, attention]);
    const hidden = dense({ units: 4 * width, activation: "gelu" }).apply(layerNormalization().apply(x));
    x = add().apply([x, dense({ units: width }).apply(hidden)]);
    const logits = dense({ units: tokens }).apply(layerNormalization().apply(x));
    const model = tfl.model({ inputs: [input, positions], outputs: logits });
    const loss = (labels, outputs) => tf.losses.softmaxCrossEntropy(labels, outputs);
    model.compile({ optimizer: tf.train.adam(1e-3), loss });
    setStartWeights(model, 5000);
    const places = tf.tidy(() => tf.tile(tf.expandDims(tf.range(0, length, 1, "int32"), 0), [batch, 1]));
    const batches = batchesOf((k) => [
      [integers([batch, length], tokens, 5100 + k), places],
      oneHot([batch, length], tokens, 5200 + k),
    ]);
    return { model, batches };
  },
};
