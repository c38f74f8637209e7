// Draws docs/results/relaxations.svg, the picture of the README: the same noise through IGR and the Gumbel-Softmax as the
// temperature falls, on the triangle of three categories. `npm run docs:picture`, after `npm run build`.
import { writeFileSync } from "node:fs";
import { Concrete, createRng, IGR, vanishingFraction } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import "@tensorflow/tfjs-backend-cpu";

const draws = 400;
const temperatures = [1, 0.5, 0.1, 0.02];
const side = 170;
const height = (side * Math.sqrt(3)) / 2;
const [left, top, gap] = [96, 40, 22];
const colors = ["#1b7f8c", "#c2571a", "#6a4fa3"];
await tf.setBackend("cpu");

/** The two relaxations; each row uses the same seed at every temperature, so a point keeps its noise. */
const rows = [
  {
    lines: ["IGR"],
    parameters: tf.zeros([2]),
    make: (temperature, loc) => new IGR({ loc, scale: [1, 1], temperature, delta: 1 }),
  },
  {
    lines: ["Gumbel-", "Softmax"],
    parameters: tf.zeros([3]),
    make: (temperature, logits) => new Concrete({ temperature, logits }),
  },
];

/** Samples, and the share of their gradients that is exactly 0 in float32. */
function measure({ make, parameters }, temperature) {
  return tf.tidy(() => {
    const sample = (x) => make(temperature, x).sample(createRng("picture"), [draws]);
    const batch = tf.tile(tf.expandDims(parameters), [draws, 1]);
    const slope = tf.grad((x) => tf.sum(tf.square(make(temperature, x).sample(createRng("picture")))))(batch);
    return { points: sample(parameters).arraySync(), vanished: vanishingFraction(slope).dataSync()[0] };
  });
}

function triangle(x, y, { points, vanished }) {
  const [a, b, c] = [
    [x, y + height],
    [x + side, y + height],
    [x + side / 2, y],
  ];
  const place = (p) => [0, 1].map((axis) => (p[0] * a[axis] + p[1] * b[axis] + p[2] * c[axis]).toFixed(1)).join(" ");
  // Dots are the round ends of lines of length 0, in one path for each color.
  const dots = colors.map((color, k) => {
    const lines = points.filter((p) => p.indexOf(Math.max(...p)) === k).map((p) => `M${place(p)}h0`);
    return `<path d="${lines.join("")}" stroke="${color}" stroke-opacity=".55" stroke-width="3.4" stroke-linecap="round"/>`;
  });
  const share = vanished === 0 ? "0" : vanished < 0.01 ? (100 * vanished).toFixed(1) : (100 * vanished).toFixed(0);
  return `<path d="M${a}L${b}L${c}Z" fill="none" stroke="#8a8f98"/>${dots.join("")}
<text x="${x + side / 2}" y="${y + height + 17}" text-anchor="middle" font-size="11">${share} % of gradients are 0</text>`;
}

const label = (text, x, y) => `<text x="${x}" y="${y}" text-anchor="end" font-weight="600">${text}</text>`;
const cells = rows.flatMap((row, r) => {
  const y = top + r * (height + 44);
  return [
    ...row.lines.map((text, line) => label(text, left - 14, y + height / 2 + 17 * line)),
    ...temperatures.map((temperature, t) => triangle(left + t * (side + gap), y, measure(row, temperature))),
  ];
});
const heads = temperatures.map(
  (temperature, t) =>
    `<text x="${left + t * (side + gap) + side / 2}" y="24" text-anchor="middle">temperature ${temperature}</text>`,
);
const [width, total] = [left + temperatures.length * (side + gap), Math.ceil(top + 2 * (height + 44))];
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${total}" font-family="system-ui, sans-serif" font-size="13" fill="#57606a" role="img" aria-label="${draws} samples of three equal categories on the triangle: at high temperatures in its middle, at low ones at its corners">
${[...heads, ...cells].join("\n")}
</svg>
`;
writeFileSync(new URL("../../../docs/results/relaxations.svg", import.meta.url), svg);
console.log(`docs/results/relaxations.svg, ${(svg.length / 1000).toFixed(0)} kB`);
