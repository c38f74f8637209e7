import { computed, signal } from "@preact/signals";
import * as tf from "@tensorflow/tfjs-core";
import { useEffect, useRef } from "preact/hooks";
import { CopyCode } from "../components/copy-code.js";
import { LineChart } from "../components/line-chart.js";
import { PreImagePlane } from "../components/pre-image-plane.js";
import { type Arrow, SimplexPanel } from "../components/simplex-panel.js";
import { SettingSlider } from "../components/slider.js";
import { Step } from "../components/story.js";
import { animate } from "../drawing/motion.js";
import { ABOUT, FAMILIES, type Family, parametersOf } from "../relaxations/families.js";
import { type Figures, figuresOf, slopesOf } from "../relaxations/figures.js";
import { makeScene } from "../relaxations/scene.js";
import { asCode } from "../settings/as-code.js";
import { assign, change, isTouched, settings } from "../settings/store.js";
import { onWasm } from "../wasm.js";

/** Number of samples of each relaxation. */
export const SAMPLES = 5000;

/** Whether samples are shown at their nearest corner. */
export const isHard = signal(false);

const showsArrows = signal(false);

/** The samples at the current settings. */
export const scene = computed(() => {
  const [now, hard] = [settings.value, isHard.value];
  return onWasm(() => makeScene(now, SAMPLES, hard));
});

/** The numbers, computed when the settings no longer change, because they take longer than a frame. */
export const figures = signal<{ readonly [family in Family]?: Figures }>({});

const arrows = computed(() =>
  showsArrows.value ? Object.fromEntries(FAMILIES.map((family) => [family, arrowsOf(family)])) : {},
);

const ARROWS = 60;

/** How 60 samples move as their first parameter grows by 0.3: loc of y1, or the first logit. */
function arrowsOf(family: Family): Arrow[] {
  const z = scene.value.points[family];
  const slopes = tf.tidy(() =>
    slopesOf(family, parametersOf(family, settings.value), settings.value, SAMPLES, ARROWS)
      // Of each category's gradients the one for the first parameter tensor.
      .filter((_, index, all) => index % (all.length / 3) === 0)
      .map((each) => each.dataSync()),
  );
  const width = slopes[0]!.length / ARROWS;
  return Array.from({ length: ARROWS }, (_, index) => {
    const from = [0, 1, 2].map((k) => z[3 * index + k]!) as [number, number, number];
    const to = from.map((value, k) => value + 0.3 * slopes[k]![index * width]!) as [number, number, number];
    return { from, to };
  });
}

/** Recomputes the numbers 120 ms after the last change, one relaxation at a time so that frames pass in between. */
function useFigures(): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const unsubscribe = settings.subscribe((now) => {
      clearTimeout(timer);
      const compute = (index: number) => {
        const family = FAMILIES[index];
        if (family === undefined) return;
        figures.value = { ...figures.value, [family]: figuresOf(family, now, SAMPLES) };
        timer = setTimeout(compute, 0, index + 1);
      };
      timer = setTimeout(compute, 120, 0);
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, []);
}

/** Animates the temperature to a value, unless the reader has changed a control. */
function temperatureTo(goal: number, hard = false): () => void {
  isHard.value = hard;
  if (isTouched.value) return () => {};
  const from = Math.log(settings.value.temperature);
  const to = Math.log(goal);
  return animate(1800, (progress) => {
    if (!isTouched.value) assign({ temperature: Math.exp(from + (to - from) * progress) });
  });
}

/** Part 1: the same noise through five maps. */
export function NoiseToSimplex() {
  useFigures();
  const { points, preImages } = scene.value;
  const section = useRef<HTMLElement>(null);
  return (
    <section ref={section} aria-labelledby="part-1">
      <h2 id="part-1">1. From noise to a choice</h2>
      <div class="scrolling">
        <div class="picture">
          <svg width="0" height="0" aria-hidden="true">
            <marker id="head" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="4" markerHeight="4" orient="auto">
              <path d="M0,0L6,3L0,6Z" />
            </marker>
          </svg>
          <div class="panels">
            <PreImagePlane preImages={preImages} points={points["softmax++"]} />
            {FAMILIES.map((family) => (
              <SimplexPanel
                key={family}
                family={family}
                points={points[family]}
                figures={figures.value[family]}
                arrows={arrows.value[family] ?? []}
              />
            ))}
          </div>
          <Controls />
        </div>
        <div class="story">
          <Step onEnter={() => temperatureTo(1)}>
            <p>
              A choice among three things is a corner of a triangle. No gradient passes through a choice, so a
              <em> relaxation</em> replaces the corner by a point inside.
            </p>
            <p>
              Draw Gaussian noise in the plane, and map it into the triangle. Each dot is one draw of noise. All six
              pictures show the <strong>same draws</strong>.
            </p>
          </Step>
          <Step onEnter={() => temperatureTo(0.35)}>
            <p>
              The <em>temperature</em> says how soft the choice is. As it falls, the dots leave the middle. The bars
              show how often each corner is the nearest: for softmax++ they do not change, because it keeps the order of
              its coordinates.
            </p>
          </Step>
          <Step onEnter={() => temperatureTo(0.04)}>
            <p>
              At a low temperature nearly every dot is at a corner, and the point is nearly a choice. The price: more
              and more derivatives are exactly 0 in 32-bit arithmetic, and those samples teach nothing.
            </p>
          </Step>
          <Step onEnter={() => temperatureTo(0.5)}>
            <p>
              Gaussian noise has one great advantage over Gumbel noise: the divergence of two such variables is that of
              their Gaussians. It has a closed form, whatever the map.
            </p>
          </Step>
        </div>
      </div>
      <Proximity />
      <CopyCode code={asCode(settings.value)} label="These samples as a program" />
    </section>
  );
}

function Controls() {
  return (
    <details class="drawer" open={innerWidth > 760}>
      <summary>Touch it</summary>
      <div class="controls">
        <SettingSlider name="temperature" />
        <SettingSlider name="delta" />
        <SettingSlider name="loc1" />
        <SettingSlider name="loc2" />
        <SettingSlider name="scale1" />
        <SettingSlider name="scale2" />
        <button type="button" onClick={() => change({ seed: (settings.value.seed + 1) % 1_000_000 })}>
          New noise (seed {settings.value.seed})
        </button>
        <label class="check">
          <input
            type="checkbox"
            checked={showsArrows.value}
            onChange={({ currentTarget }) => {
              showsArrows.value = currentTarget.checked;
            }}
          />
          Gradients of 60 samples
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={isHard.value}
            onChange={({ currentTarget }) => {
              isHard.value = currentTarget.checked;
            }}
          />
          Hard values
        </label>
      </div>
    </details>
  );
}

/** Share of the samples within each distance of a corner. */
function Proximity() {
  const series = FAMILIES.flatMap((family) => {
    const distances = figures.value[family]?.distances;
    if (distances === undefined) return [];
    const every = Math.max(1, Math.floor(distances.length / 100));
    const values = Array.from(distances)
      .map((distance, index): [number, number] => [distance, (index + 1) / distances.length])
      .filter((_, index) => index % every === 0 || index === distances.length - 1);
    return [
      {
        name: ABOUT[family].title.replace("IGR, ", ""),
        values: [[0, values[0]?.[0] === 0 ? values[0][1] : 0] as const, ...values, [0.82, 1] as const],
      },
    ];
  });
  return (
    <LineChart
      title="How near to a corner: share of the samples within a distance"
      xLabel="distance to the nearest corner"
      yLabel="share"
      series={series}
      xDomain={[0, 0.82]}
      yDomain={[0, 1]}
    />
  );
}
