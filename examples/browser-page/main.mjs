import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers";
import { createRng, IGR, klDivergence } from "@igr/core";
import * as tf from "@tensorflow/tfjs-core";

const SAMPLES = 2000;
const sliders = [
  { id: "temperature", min: 0.05, max: 2, value: 0.5 },
  { id: "loc 1", min: -3, max: 3, value: 0.3 },
  { id: "loc 2", min: -3, max: 3, value: -0.4 },
  { id: "scale 1", min: 0.05, max: 3, value: 1 },
  { id: "scale 2", min: 0.05, max: 3, value: 1 },
];
const corners = [
  [416, 60],
  [56, 680],
  [776, 680],
];
const colors = ["#b3261e", "#1660a8", "#2e7d32"];

await tf.setBackend("cpu");
const canvas = document.querySelector("canvas").getContext("2d");
const form = document.querySelector("#controls");
const inputs = sliders.map(({ id, min, max, value }) => {
  const label = document.createElement("label");
  const input = Object.assign(document.createElement("input"), { type: "range", id, min, max, step: 0.01 });
  input.value = value;
  label.append(id, input, document.createElement("output"));
  form.append(label);
  return input;
});

function show() {
  const [temperature, loc1, loc2, scale1, scale2] = inputs.map(({ value }) => Number(value));
  for (const input of inputs) input.nextElementSibling.textContent = Number(input.value).toFixed(2);
  const { z, probs, kl } = tf.tidy(() => {
    const igr = new IGR({ loc: [loc1, loc2], scale: [scale1, scale2], temperature });
    const standard = new IGR({ loc: [0, 0], scale: [1, 1], temperature });
    return {
      // The same noise at every position of the sliders: the points move.
      z: igr.sample(createRng(1), [SAMPLES]).arraySync(),
      probs: igr.discreteProbs().arraySync(),
      kl: klDivergence(igr, standard, { method: "closed" }).dataSync()[0],
    };
  });
  drawTriangle(z);
  const counts = probs.map((_, k) => z.filter((point) => point[k] === Math.max(...point)).length);
  const row = (head, cells) => `<tr><th>${head}</th>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  document.querySelector("#numbers").innerHTML = [
    row("category", ["1", "2", "3"]),
    row(
      "P(argmax), exact",
      probs.map((p) => p.toFixed(3)),
    ),
    row(
      `of ${SAMPLES} draws`,
      counts.map((count) => (count / SAMPLES).toFixed(3)),
    ),
    row("KL to IGR(0, 1)", [`${kl.toFixed(3)} nats`]),
  ].join("");
}

function drawTriangle(points) {
  canvas.clearRect(0, 0, 832, 740);
  canvas.strokeStyle = "#6b7280";
  canvas.beginPath();
  for (const [x, y] of corners) canvas.lineTo(x, y);
  canvas.closePath();
  canvas.stroke();
  canvas.globalAlpha = 0.45;
  for (const z of points) {
    canvas.fillStyle = colors[z.indexOf(Math.max(...z))];
    const [x, y] = [0, 1].map((axis) => corners.reduce((sum, corner, k) => sum + z[k] * corner[axis], 0));
    canvas.beginPath();
    canvas.arc(x, y, 3, 0, 2 * Math.PI);
    canvas.fill();
  }
  canvas.globalAlpha = 1;
  canvas.font = "26px system-ui, sans-serif";
  canvas.textAlign = "center";
  for (const [k, [x, y]] of corners.entries()) {
    canvas.fillStyle = colors[k];
    canvas.fillText(`${k + 1}`, x, k === 0 ? y - 16 : y + 34);
  }
}

async function climb() {
  const status = document.querySelector("#status");
  const [temperature, ...start] = inputs.map(({ value }) => Number(value));
  const loc = tf.variable(tf.tensor1d(start.slice(0, 2)));
  const logScale = tf.variable(tf.log(tf.tensor1d(start.slice(2))));
  const optimizer = tf.train.adam(0.1);
  const rng = createRng(2);
  const standard = new IGR({ loc: [0, 0], scale: [1, 1], temperature });
  for (let step = 1; step <= 40; step++) {
    const loss = tf.tidy(() =>
      optimizer.minimize(
        () => {
          const igr = new IGR({ loc, scale: tf.exp(logScale), temperature });
          // Log z from the logarithm, where z itself may round to 0.
          const first = tf.slice(igr.sampleLog(rng, [64]), [0, 0], [64, 1]);
          return tf.sub(tf.mul(0.1, klDivergence(igr, standard, { method: "closed" })), tf.mean(first));
        },
        true,
        [loc, logScale],
      ),
    );
    status.textContent = `step ${step} of 40: loss ${loss.dataSync()[0].toFixed(3)}`;
    loss.dispose();
    const values = [...loc.dataSync(), ...logScale.dataSync().map(Math.exp)];
    for (const [i, value] of values.entries()) inputs[i + 1].value = value;
    show();
    await new Promise(requestAnimationFrame);
  }
  optimizer.dispose();
  tf.dispose([loc, logScale]);
}

form.addEventListener("input", show);
document.querySelector("#climb").addEventListener("click", async ({ target }) => {
  target.disabled = true;
  await climb();
  target.disabled = false;
});
show();
document.body.dataset.ready = "true";
