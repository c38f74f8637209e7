import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Progress } from "../approximation/steps.js";
import { normalized, TARGETS, type TargetName } from "../approximation/targets.js";
import type { Answer, Request } from "../approximation/worker.js";
import { settings } from "../settings/store.js";

type FamilyName = "igr-sb" | "gumbel-softmax";
const FAMILY_NAMES: readonly FamilyName[] = ["igr-sb", "gumbel-softmax"];
const STEPS = 400;

const targetName = signal<TargetName | "drawn">("Poisson(50)");
const drawn = signal<readonly number[]>(Array.from({ length: 30 }, (_, k) => Math.exp(-((k - 9) ** 2) / 18)));
const categories = signal(40);
const state = signal<{ readonly [name in FamilyName]?: Progress }>({});
const error = signal("");

const target = () => (targetName.value === "drawn" ? normalized(drawn.value) : TARGETS[targetName.value]());

let workers: Record<FamilyName, Worker> | undefined;
let id = 0;

/** Restarts both fits. */
function start(): void {
  workers ??= Object.fromEntries(
    FAMILY_NAMES.map((family) => {
      const worker = new Worker(new URL("../approximation/worker.js", import.meta.url), { type: "module" });
      worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
        if (data.id !== id) return;
        if (data.error !== undefined) error.value = data.error;
        if (data.progress) state.value = { ...state.value, [family]: data.progress };
      });
      return [family, worker];
    }),
  ) as Record<FamilyName, Worker>;
  id += 1;
  error.value = "";
  state.value = {};
  for (const family of FAMILY_NAMES) {
    const problem = {
      family,
      target: target(),
      temperature: 0.05,
      seed: settings.value.seed,
      categories: categories.value,
    };
    workers[family].postMessage({ id, problem, steps: STEPS } satisfies Request);
  }
}

/** Part 3: discrete distributions approximated by relaxations, step by step. */
export function Approximate() {
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      start();
      observer.disconnect();
    });
    observer.observe(section.current as HTMLElement);
    return () => {
      observer.disconnect();
      for (const family of FAMILY_NAMES) workers?.[family].terminate();
      workers = undefined;
    };
  }, []);
  return (
    <section ref={section} aria-labelledby="part-3">
      <h2 id="part-3">3. Approximate a target</h2>
      <p>
        A Poisson variable has no largest value. The Gumbel-Softmax needs a number of categories before it starts, and
        the probability beyond them is lost. Stick-breaking (IGR-SB) needs none: each sample keeps as many sticks as it
        needs.
      </p>
      <div class="controls">
        <label>
          Target{" "}
          <select
            value={targetName.value}
            onChange={({ currentTarget }) => {
              targetName.value = currentTarget.value as TargetName | "drawn";
              start();
            }}
          >
            {[...Object.keys(TARGETS), "drawn"].map((name) => (
              <option value={name}>{name === "drawn" ? "Draw your own" : name}</option>
            ))}
          </select>
        </label>
        <label>
          Categories of the Gumbel-Softmax{" "}
          <select
            value={categories.value}
            onChange={({ currentTarget }) => {
              categories.value = Number(currentTarget.value);
              start();
            }}
          >
            {[20, 40, 100].map((count) => (
              <option value={count}>{count}</option>
            ))}
          </select>
        </label>
        <button type="button" onClick={start}>
          Start again
        </button>
      </div>
      {targetName.value === "drawn" && <Drawing />}
      <div class="pair">
        {FAMILY_NAMES.map((family) => (
          <Fit key={family} family={family} progress={state.value[family]} />
        ))}
      </div>
      {error.value !== "" && <p role="alert">{error.value}</p>}
    </section>
  );
}

const [WIDTH, HEIGHT] = [480, 220];

/** The target as bars, the fitted probabilities as a line over them. */
function Fit({ family, progress }: { readonly family: FamilyName; readonly progress: Progress | undefined }) {
  const title = family === "igr-sb" ? "IGR-SB" : `Gumbel-Softmax, K = ${categories.value}`;
  const goal = target();
  const size = goal.length;
  const top = 1.25 * Math.max(...goal);
  const x = (k: number) => 10 + ((WIDTH - 20) * k) / size;
  const y = (p: number) => HEIGHT - 24 - ((HEIGHT - 40) * Math.min(p, top)) / top;
  const width = (WIDTH - 20) / size;
  const line = progress?.pmf
    .slice(0, size)
    .map((p, k) => `${k === 0 ? "M" : "L"}${x(k)},${y(p)}H${x(k + 1)}`)
    .join("");
  const summary = progress
    ? `step ${progress.step} of ${STEPS}, total variation ${progress.totalVariation.toFixed(3)}` +
      (progress.averageK === undefined ? "" : `, keeps ${progress.averageK.toFixed(1)} sticks on average`)
    : "starting …";
  return (
    <figure class="chart" data-fit={family}>
      <figcaption>
        <strong>{title}</strong> <small>{summary}</small>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title}: ${summary}`}>
        {goal.map((p, k) => (
          <rect class="target" x={x(k)} y={y(p)} width={Math.max(0.5, width - 0.6)} height={HEIGHT - 24 - y(p)} />
        ))}
        {line && <path class="fitted" d={line} />}
        {[0, Math.floor(size / 2), size - 1].map((k) => (
          <text class="note" x={x(k)} y={HEIGHT - 8}>
            {k}
          </text>
        ))}
      </svg>
    </figure>
  );
}

/** Bars to draw with the pointer, and to set one by one with the keyboard. */
function Drawing() {
  const heights = drawn.value;
  const set = (k: number, height: number) => {
    drawn.value = heights.map((each, index) => (index === k ? Math.min(1, Math.max(0, height)) : each));
  };
  const paint = (event: PointerEvent) => {
    if (event.buttons === 0) return;
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const k = Math.floor((heights.length * (event.clientX - box.left)) / box.width);
    if (k >= 0 && k < heights.length) set(k, 1 - (event.clientY - box.top) / box.height);
  };
  return (
    <div class="drawing" onPointerDown={paint} onPointerMove={paint} onPointerUp={start}>
      {heights.map((height, k) => (
        <input
          type="range"
          min="0"
          max="1"
          step="0.05"
          aria-label={`Height of category ${k}`}
          value={height}
          style={{ "--height": `${100 * height}%` }}
          onInput={({ currentTarget }) => set(k, Number(currentTarget.value))}
          onChange={start}
        />
      ))}
    </div>
  );
}
