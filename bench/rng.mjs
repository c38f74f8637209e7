/**
 * Time of one draw: @igr/core's generator compared with tf.randomNormal / randomUniform and the generators of
 * pure-rand.
 * Interleaved repeats; minimum, median and 90th percentile. `node bench/rng.mjs [repeats]`, after a build.
 */
import { loadavg } from "node:os";
import "@tensorflow/tfjs-backend-cpu";
import { createRng } from "@igr/core";
import { machineInWords } from "@igr/experiments/machine";
import * as tf from "@tensorflow/tfjs-core";
import { uniformFloat32 } from "pure-rand/distribution/uniformFloat32";
import { mersenne } from "pure-rand/generator/mersenne";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { xorshift128plus } from "pure-rand/generator/xorshift128plus";

tf.env().set("IS_TEST", true); // no banner

const repeats = Number(process.argv[2] ?? 200);
const shape = [64, 30, 10];
const count = shape.reduce((product, size) => product * size);
const words = 1 << 18;

const rng = createRng(1);
const floats = new Float32Array(count);
const integers = new Uint32Array(words);
const peers = {
  "pure-rand xoroshiro128+": xoroshiro128plus(1),
  "pure-rand xorshift128+": xorshift128plus(1),
  "pure-rand Mersenne twister": mersenne(1),
};

/** Box-Muller in float64, as a user of a generator without normals would write it. */
function normalsFrom(generator) {
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(((generator.next() >>> 0) + 0.5) * 2 ** -32));
    const angle = 2 * Math.PI * (generator.next() >>> 0) * 2 ** -32;
    floats[i] = radius * Math.cos(angle);
    floats[i + 1] = radius * Math.sin(angle);
  }
}

const groups = {
  [`normal, [${shape}], ms`]: {
    "@igr/core, tensor": () => rng.normal(shape).dispose(),
    "@igr/core, memory": () => rng.fill("normal", floats),
    "tf.randomNormal": () => tf.randomNormal(shape, 0, 1, "float32", 1).dispose(),
    ...Object.fromEntries(
      Object.entries(peers).map(([name, generator]) => [`${name}, Box-Muller`, () => normalsFrom(generator)]),
    ),
  },
  [`uniform, [${shape}], ms`]: {
    "@igr/core, tensor": () => rng.uniform(shape).dispose(),
    "@igr/core, memory": () => rng.fill("uniform", floats),
    "tf.randomUniform": () => tf.randomUniform(shape, 0, 1, "float32", 1).dispose(),
    "pure-rand uniformFloat32": () => {
      const generator = peers["pure-rand xoroshiro128+"];
      for (let i = 0; i < count; i++) floats[i] = uniformFloat32(generator);
    },
  },
  [`gumbel, [${shape}], ms`]: {
    "@igr/core, tensor": () => rng.gumbel(shape).dispose(),
    "@igr/core, memory": () => rng.fill("gumbel", floats),
    "-log(-log(tf.randomUniform))": () =>
      tf.dispose(tf.tidy(() => tf.neg(tf.log(tf.neg(tf.log(tf.randomUniform(shape, 0, 1, "float32", 1))))))),
  },
  [`raw words, ${words}, ms`]: {
    "@igr/core, bits": () => rng.bits(integers),
    ...Object.fromEntries(
      Object.entries(peers).map(([name, generator]) => [
        name,
        () => {
          for (let i = 0; i < words; i++) integers[i] = generator.next();
        },
      ]),
    ),
  },
  "fork, 1,000 of them, ms": {
    "@igr/core": () => {
      for (let i = 0; i < 1000; i++) rng.fork("label");
    },
  },
};

console.log(`${machineInWords()}, load ${loadavg()[0]?.toFixed(1)}, ${repeats} repeats`);
for (const [group, programs] of Object.entries(groups)) {
  const times = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
  for (let repeat = -20; repeat < repeats; repeat++) {
    for (const [name, program] of Object.entries(programs)) {
      const start = performance.now();
      program();
      if (repeat >= 0) times[name].push(performance.now() - start);
    }
  }
  console.log(`\n${group.padEnd(40)} minimum    median       90 %`);
  for (const [name, series] of Object.entries(times)) {
    const sorted = series.sort((a, b) => a - b);
    const [least, median, most] = [0, 0.5, 0.9].map((share) => sorted[Math.floor(share * (sorted.length - 1))]);
    const rate = group.startsWith("raw") ? `  ${(words / median / 1000).toFixed(0)} million words/s` : "";
    console.log(`${name.padEnd(40)} ${[least, median, most].map((t) => t.toFixed(3).padStart(7)).join("    ")}${rate}`);
  }
}
