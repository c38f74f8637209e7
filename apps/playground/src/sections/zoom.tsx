import { computed, signal } from "@preact/signals";
import * as tf from "@tensorflow/tfjs-core";
import { Step } from "../components/story.js";
import { CATEGORY_COLORS } from "../drawing/colors.js";
import { animate } from "../drawing/motion.js";
import { corner, toPlane, trianglePath } from "../drawing/simplex-plane.js";
import { parametersOf } from "../relaxations/families.js";
import { slopesOf } from "../relaxations/figures.js";
import { settings } from "../settings/store.js";
import { SAMPLES, scene } from "./noise-to-simplex.js";

/** 0 a sample, 1 its gradient, 2 a toy loss, 3 an autoencoder; in between the scene moves from one to the next. */
const level = signal(0);
const SHOWN = 40;
/** The toy loss: squared distance to this point. */
const GOAL = [0.1, 0.2, 0.7] as const;

const samples = computed(() => {
  const z = scene.value.points["softmax++"];
  const gradients = tf.tidy(() => {
    const now = settings.value;
    const slopes = slopesOf("softmax++", parametersOf("softmax++", now), now, SAMPLES, SHOWN);
    // d z_k / d loc, one [SHOWN, 2] for each k: the first tensor of each pair (loc, scale).
    return [0, 1, 2].map((k) => slopes[2 * k]!.dataSync());
  });
  return Array.from({ length: SHOWN }, (_, index) => {
    const point = [0, 1, 2].map((k) => z[3 * index + k]!) as [number, number, number];
    // The loss falls along -sum_k 2 (z_k - goal_k) d z_k / d loc; the sample moves by its own Jacobian times that.
    const descent = [0, 1].map(
      (axis) => -point.reduce((sum, value, k) => sum + 2 * (value - GOAL[k]!) * gradients[k]![2 * index + axis]!, 0),
    ) as [number, number];
    const along = (direction: readonly [number, number]) =>
      point.map(
        (value, k) => value + gradients[k]![2 * index]! * direction[0] + gradients[k]![2 * index + 1]! * direction[1],
      ) as [number, number, number];
    return {
      point,
      byLoc1: along([0.4, 0]),
      byLoc2: along([0, 0.4]),
      descended: along([0.6 * descent[0], 0.6 * descent[1]]),
      descent,
    };
  });
});

function zoomTo(goal: number): () => void {
  const from = level.peek();
  return animate(900, (progress) => {
    level.value = from + (goal - from) * progress;
  });
}

/** The opacity of a scene at the current level. */
const shown = (scene: number) => Math.max(0, 1 - Math.abs(level.value - scene));

/** One zoom, from a sample to its gradient, to a loss, to a model made of such samples. */
export function Zoom() {
  return (
    <section aria-labelledby="zoom">
      <h2 id="zoom">What a gradient through a choice is for</h2>
      <div class="scrolling">
        <div class="picture narrow">
          <ZoomPicture />
        </div>
        <div class="story">
          <Step onEnter={() => zoomTo(0)}>
            <p>One draw of noise is one point of the triangle: this much of each corner.</p>
          </Step>
          <Step onEnter={() => zoomTo(1)}>
            <p>
              Keep the noise and move the Gaussian's mean a little: the point moves. The two arrows are its derivatives.
              A hard choice would not move at all, or jump.
            </p>
          </Step>
          <Step onEnter={() => zoomTo(2)}>
            <p>
              Put a loss on the triangle, here the squared distance to the ring. Each sample votes for a direction of
              the mean: the average of the votes is the gradient that trains.
            </p>
          </Step>
          <Step onEnter={() => zoomTo(3)}>
            <p>
              A discrete autoencoder has thirty such triangles, of ten corners each. The encoder moves thirty Gaussians,
              the decoder draws the image from the thirty points, and the votes pass through all of it. Train one below.
            </p>
          </Step>
        </div>
      </div>
    </section>
  );
}

function ZoomPicture() {
  const all = samples.value;
  const one = all.reduce((best, each) => (Math.max(...each.point) < Math.max(...best.point) ? each : best), all[0]!);
  const at = (z: readonly [number, number, number]) => toPlane(...z).map((value) => 100 * value) as [number, number];
  const [x, y] = at(one.point);
  const [gx, gy] = at(GOAL as unknown as [number, number, number]);
  // Zoomed in at first: the window is a part of the triangle around the sample.
  const near = Math.max(0, 1 - level.value);
  const size = 100 - 45 * near;
  const left = (x - size / 2) * near;
  const top = (y - size / 2) * near;
  const mean = [0, 1].map((axis) => all.reduce((sum, { descent }) => sum + descent[axis]!, 0) / all.length) as [
    number,
    number,
  ];
  return (
    <svg
      class="zoom"
      viewBox={`${left} ${top} ${size} ${size}`}
      role="img"
      aria-label="From one sample to its derivatives, to a loss, to an autoencoder"
    >
      <g opacity={1 - shown(3)}>
        <path class="triangle" d={trianglePath(100)} />
        {[0, 1, 2].map((k) => {
          const [cx, cy] = corner(k, 100);
          return <circle cx={cx} cy={cy} r="2" fill={CATEGORY_COLORS[k]} />;
        })}
        <g opacity={shown(1)}>
          {[one.byLoc1, one.byLoc2].map((to) => {
            const [x2, y2] = at(to);
            return <line class="arrow strong" x1={x} y1={y} x2={x2} y2={y2} marker-end="url(#head)" />;
          })}
        </g>
        <g opacity={shown(2)}>
          <circle class="goal" cx={gx} cy={gy} r="4" />
          {all.map(({ point, descended }) => {
            const [x1, y1] = at(point);
            const [x2, y2] = at(descended);
            return <line class="arrow" x1={x1} y1={y1} x2={x2} y2={y2} marker-end="url(#head)" />;
          })}
          <text class="note" x="50" y="97" text-anchor="middle">
            average vote: mean of y₁ {signed(mean[0])}, of y₂ {signed(mean[1])}
          </text>
        </g>
        <circle class="sample" cx={x} cy={y} r={1.4 + near * 0.2} />
      </g>
      <g opacity={shown(3)}>
        <Autoencoder />
      </g>
    </svg>
  );
}

const signed = (value: number) => `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(2)}`;

/** Image, encoder, thirty small triangles with a sample each, decoder, image. */
function Autoencoder() {
  const z = scene.value.points["softmax++"];
  return (
    <g>
      <rect class="box" x="2" y="38" width="16" height="16" />
      <text class="note" x="10" y="60" text-anchor="middle">
        image
      </text>
      <path class="box" d="M22,34L32,40V52L22,58Z" />
      <text class="note" x="27" y="64" text-anchor="middle">
        encoder
      </text>
      {Array.from({ length: 30 }, (_, index) => {
        const [column, row] = [index % 5, Math.floor(index / 5)];
        const size = 6;
        const [left, top] = [36 + column * size, 28 + row * size];
        const [x, y] = toPlane(z[3 * index]!, z[3 * index + 1]!, z[3 * index + 2]!);
        return (
          <g transform={`translate(${left},${top})`}>
            <path class="triangle thin" d={trianglePath(size - 1)} />
            <circle class="sample" cx={x * (size - 1)} cy={y * (size - 1)} r="0.6" />
          </g>
        );
      })}
      <text class="note" x="51" y="70" text-anchor="middle">
        30 variables
      </text>
      <path class="box" d="M70,40L80,34V58L70,52Z" />
      <text class="note" x="75" y="64" text-anchor="middle">
        decoder
      </text>
      <rect class="box" x="83" y="38" width="16" height="16" />
      <text class="note" x="91" y="60" text-anchor="middle">
        image
      </text>
    </g>
  );
}
