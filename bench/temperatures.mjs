// Writes docs/temperatures.md and its charts: `npm run docs:temperatures [-- --samples 50000]`, after `npm run build`; two minutes.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Concrete, createRng, IGR, matchTemperature, vertexProximity, vertexProximityCurve } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import "@tensorflow/tfjs-backend-cpu";
import { lineChart } from "./numerics/chart.mjs";
import { percent, table } from "./numerics/table.mjs";

const { values: args } = parseArgs({ options: { samples: { type: "string", default: "10000" } } });
const samples = Number(args.samples);
tf.env().set("IS_TEST", true);
await tf.setBackend("cpu");
const docs = new URL("../docs/", import.meta.url);
const rng = createRng("temperatures");

const gumbelSoftmax = (categories) => (temperature) => new Concrete({ temperature, logits: Array(categories).fill(0) });
const igr = (categories) => (temperature) => new IGR({ loc: Array(categories - 1).fill(0), scale: 1, temperature });

/** The density of the distance to the nearest vertex, as figures 1, 5 and 12 show it, from differences of its cdf. */
function density(member, temperatures) {
  return temperatures.flatMap((temperature) => {
    const width = 0.025;
    const distances = Array.from({ length: 41 }, (_, bin) => bin * width);
    const curve = vertexProximityCurve(member(temperature), {
      rng: rng.fork(`density ${temperature}`),
      samples,
      distances,
    });
    const shares = [...curve.shares.dataSync()];
    tf.dispose([curve.shares, curve.standardErrors]);
    // What lies exactly at a vertex in float32 belongs to the first bin.
    return shares.slice(1).map((share, bin) => ({
      series: `temperature ${temperature}`,
      x: (bin + 0.5) * width,
      y: (share - (bin === 0 ? 0 : shares[bin])) / width,
    }));
  });
}

function chart(name, points) {
  const axes = { x: { label: "distance to the nearest vertex" }, y: { label: "density", domain: [0, 6], clamp: true } };
  writeFileSync(new URL(`results/${name}.svg`, docs), lineChart(points, axes));
}

const temperatures = [0.05, 0.1, 0.15, 0.25, 0.5, 0.67, 1];
chart("temperatures-gs-50", density(gumbelSoftmax(50), temperatures.slice(1)));
chart("temperatures-gs-10", density(gumbelSoftmax(10), temperatures.slice(1)));
chart("temperatures-igr-10", density(igr(10), temperatures.slice(0, -1)));

const share = (member, temperature) => {
  const near = vertexProximity(member(temperature), { rng: rng.fork("share"), samples });
  const value = near.dataSync()[0];
  near.dispose();
  return percent(value);
};
const families = { "Gumbel-Softmax": gumbelSoftmax, "IGR(0, 1)": igr };
const sizes = [10, 50];
const shares = Object.entries(families).flatMap(([name, make]) =>
  sizes.map((categories) => [
    name,
    `${categories}`,
    ...temperatures.map((temperature) => share(make(categories), temperature)),
  ]),
);

const refit = { steps: 300, samples: 300, learningRate: 0.05 };
const matched = [
  ["Gumbel-Softmax", "gumbel-softmax"],
  ["IGR, loc 0 and scale 1, fixed", "igr"],
  ["IGR, loc and scale refitted by means", { refit }],
  ["IGR, loc refitted to equal probabilities, scale 1", { refit: { objective: "probs", scale: 1 } }],
  ["IGR-SB, scale 1, fixed", "igr-stick-breaking"],
  ["IGR, interpolation, scale 1, fixed", { transform: "interpolation" }],
].flatMap(([name, family]) =>
  sizes.map((categories) => {
    console.log(`matching: ${name}, K = ${categories}`);
    const options = { family, categories, rng: rng.fork("match"), samples };
    try {
      const { temperature, standardError } = matchTemperature(options);
      return [name, `${categories}`, `${temperature.toFixed(4)} ± ${standardError.toFixed(4)}`];
    } catch (error) {
      return [name, `${categories}`, `none: ${error.message.replace(/^.*, and /, "")}`];
    }
  }),
);

const page = `# Comparable temperatures

Written by \`npm run docs:temperatures\` (bench/temperatures.mjs), ${samples.toLocaleString("en-US")} samples each, backend tfjs \`cpu\`.

One number for the temperature does not make two relaxations comparable. The paper (section 5) compares them at temperatures
where 75 % of the samples of a uniform variable lie within a Euclidean distance of 0.2 of a vertex of the simplex.
\`vertexProximity\` of @igr/core estimates that share, \`vertexProximityCurve\` all of the curve, and \`matchTemperature\` finds the
temperature, by bisection with the same noise at each one.

## Temperatures with 75 % within 0.2

± is one standard error.

${table(["family", "K", "temperature"], matched)}

The paper's tables call the Gumbel-Softmax at 0.25 comparable with IGR at 0.10, its appendix F the Gumbel-Softmax at 0.15. The
appendix is near the criterion, the tables are not: at 0.25 about 60 to 63 % of the samples are within 0.2. For IGR only the
ratio of scale and temperature matters, so that a temperature says nothing without loc and scale: fitted to the uniform
target by means, with a scale that is left free, it is another one than for loc 0 and scale 1.

## Shares within 0.2 by temperature

${table(["family", "K", ...temperatures.map(String)], shares)}

## Distances to the nearest vertex

Figure 1 of the paper: the Gumbel-Softmax with 50 equal categories. At the temperatures that are usual in practice, about 0.5,
most samples are not near a vertex. (Densities above 6 are cut.)

![Distances of Gumbel-Softmax samples, K = 50](results/temperatures-gs-50.svg)

Figure 12: ten equal categories; the Gumbel-Softmax,

![Distances of Gumbel-Softmax samples, K = 10](results/temperatures-gs-10.svg)

and IGR with loc 0 and scale 1:

![Distances of IGR samples, K = 10](results/temperatures-igr-10.svg)
`;
writeFileSync(new URL("temperatures.md", docs), page);
console.log(page);
