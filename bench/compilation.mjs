// The first calls of training steps with many ops: recurrent layers of tf.layers and a GPT. For each call, milliseconds and
// processor time (which other processes do not change) of this process, all threads. One JSON object to stdout.
import { parseArgs } from "node:util";
import { jit } from "@igr/jit";
import * as tf from "@tensorflow/tfjs-core";
import * as tfLayers from "@tensorflow/tfjs-layers";
import "@tensorflow/tfjs-backend-cpu";

const { values: args } = parseArgs({
  options: {
    threads: { type: "string", default: "1" },
    programs: { type: "string", default: "gru-60,gru-120,gru-240,lstm-60,lstm-120,lstm-240,gpt-3" },
    calls: { type: "string", default: "12" },
  },
});
tf.env().set("PROD", true); // no banner
await tf.setBackend("cpu");

/** A layer of 32 units over `steps` steps of 8 numbers, batch 32. */
function recurrent(kind, steps) {
  const layer = tfLayers.layers[kind]({ units: 32, recurrentInitializer: "glorotUniform", inputShape: [steps, 8] });
  const model = tfLayers.sequential({ layers: [layer, tfLayers.layers.dense({ units: 1 })] });
  const [x, y] = [tf.randomNormal([32, steps, 8], 0, 1, "float32", 1), tf.randomNormal([32, 1], 0, 1, "float32", 2)];
  return { loss: (input, target) => tf.losses.meanSquaredError(target, model.apply(input)), inputs: [x, y] };
}

/** Decoder blocks of 128 units and 4 heads on 64 tokens of 65, batch 8, in tf's own ops. */
function gpt(blocks) {
  const [batch, tokens, vocabulary, width, heads] = [8, 64, 65, 128, 4];
  const weight = (...shape) => tf.variable(tf.randomNormal(shape, 0, 0.02, "float32", shape[0]));
  const norm = () => ({ scale: tf.variable(tf.ones([width])), shift: tf.variable(tf.zeros([width])) });
  const affine = (inputs, outputs) => ({ kernel: weight(inputs, outputs), bias: tf.variable(tf.zeros([outputs])) });
  const token = weight(vocabulary, width);
  const position = weight(tokens, width);
  const layers = Array.from({ length: blocks }, () => ({
    ...{ norms: [norm(), norm()], attention: affine(width, 3 * width), projection: affine(width, width) },
    ...{ up: affine(width, 4 * width), down: affine(4 * width, width) },
  }));
  const last = norm();
  const normalized = (x, { scale, shift }) => {
    const { mean, variance } = tf.moments(x, -1, true);
    return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5))), scale), shift);
  };
  const applied = (x, { kernel, bias }) =>
    tf.reshape(tf.add(tf.matMul(tf.reshape(x, [-1, x.shape.at(-1)]), kernel), bias), [...x.shape.slice(0, -1), -1]);
  const gelu = (x) =>
    tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(tf.mul(tf.add(x, tf.mul(tf.pow(x, 3), 0.044715)), 0.79788)), 1));
  const future = tf.mul(tf.sub(1, tf.linalg.bandPart(tf.ones([tokens, tokens]), -1, 0)), -1e9);
  const attended = (x, { attention, projection }) => {
    const split = tf.reshape(applied(x, attention), [batch, tokens, 3, heads, width / heads]);
    const [q, k, v] = tf.unstack(tf.transpose(split, [2, 0, 3, 1, 4]));
    const scores = tf.add(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(width / heads)), future);
    const mixed = tf.matMul(tf.softmax(scores), v);
    return applied(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, tokens, width]), projection);
  };
  const ids = tf.randomUniform([batch, tokens], 0, vocabulary, "int32", 1);
  const targets = tf.oneHot(tf.randomUniform([batch, tokens], 0, vocabulary, "int32", 2), vocabulary);
  const loss = (input, target) => {
    let x = tf.add(tf.gather(token, input), position);
    for (const layer of layers) {
      x = tf.add(x, attended(normalized(x, layer.norms[0]), layer));
      x = tf.add(x, applied(gelu(applied(normalized(x, layer.norms[1]), layer.up)), layer.down));
    }
    const logits = tf.matMul(tf.reshape(normalized(x, last), [-1, width]), token, false, true);
    return tf.neg(tf.mean(tf.sum(tf.mul(tf.reshape(target, [-1, vocabulary]), tf.logSoftmax(logits)), 1)));
  };
  return { loss, inputs: [ids, targets] };
}

async function measured(name) {
  const [kind, size] = name.split("-");
  const { loss, inputs } = kind === "gpt" ? gpt(Number(size)) : recurrent(kind, Number(size));
  const optimizer = tf.train.adam(1e-3);
  const step = jit((...tensors) => optimizer.minimize(() => loss(...tensors), true), {
    ...{ executor: "node", threads: Number(args.threads) },
  });
  const calls = [];
  for (let i = 0; i < Number(args.calls); i++) {
    const [start, used] = [performance.now(), process.cpuUsage()];
    (await step(...inputs)).dispose();
    const { user, system } = process.cpuUsage(used);
    calls.push({ wall: performance.now() - start, cpu: (user + system) / 1000 });
  }
  const nodes = Number(/(\d+) nodes:/.exec(step.summary())[1]);
  await step.dispose();
  const later = calls.slice(2);
  const fewest = (field) => Math.min(...later.map((call) => call[field]));
  return { nodes, first: calls[0], second: calls[1], later: { wall: fewest("wall"), cpu: fewest("cpu") } };
}

const result = { threads: Number(args.threads), programs: {} };
for (const name of args.programs.split(",")) result.programs[name] = await measured(name);
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
