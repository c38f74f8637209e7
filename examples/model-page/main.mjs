// Loads a saved model from the folder `model/` beside this page and draws mean images from its prior.
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers";
import { createRng } from "@igr/core";
import { load } from "@igr/models";
import * as tf from "@tensorflow/tfjs-core";

const status = document.getElementById("status");
const images = document.getElementById("images");
const button = document.getElementById("draw");
const count = 8;

try {
  await tf.ready();
  const model = await load("model");
  const rng = createRng(1);
  const [height, width] = model.imageShape.length === 1 ? square(model.imageShape[0]) : model.imageShape;

  const draw = async () => {
    const sample = model.sample(rng, count, { hard: true });
    const pixels = await sample.data();
    sample.dispose();
    images.replaceChildren(
      ...Array.from({ length: count }, (_, i) => picture(pixels.subarray(i * height * width), height, width)),
    );
    document.body.dataset.sum = String(pixels.reduce((sum, pixel) => sum + pixel, 0));
  };
  await draw();
  status.textContent = `${model.latent.variables} variables of ${model.latent.categories} categories; ${model.description}`;
  button.disabled = false;
  button.addEventListener("click", draw);
} catch (error) {
  status.textContent = error.message;
}
document.body.dataset.ready = "";

function square(pixels) {
  return [Math.sqrt(pixels), Math.sqrt(pixels)];
}

/** A canvas with one pixel for each number in [0, 1]. */
function picture(pixels, height, width) {
  const canvas = Object.assign(document.createElement("canvas"), { height, width });
  const grey = new Uint8ClampedArray(4 * height * width);
  for (let i = 0; i < height * width; i++) grey.set([255 * pixels[i], 255 * pixels[i], 255 * pixels[i], 255], 4 * i);
  canvas.getContext("2d").putImageData(new ImageData(grey, width, height), 0, 0);
  return canvas;
}
