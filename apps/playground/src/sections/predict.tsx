import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { LineChart, type Series } from "../components/line-chart.js";
import { animate } from "../drawing/motion.js";
import { ABOUT, FAMILIES, type Family } from "../relaxations/families.js";
import { vanishedAt } from "../relaxations/figures.js";
import { firstToVanish } from "../relaxations/first-to-vanish.js";
import { INITIAL } from "../settings/settings.js";

const TEMPERATURES = Array.from({ length: 19 }, (_, index) => 10 ** (-index / 9));

const guess = signal<Family | undefined>(undefined);
const isShown = signal(false);
const drawn = signal(0);
const series = signal<readonly Series[]>([]);

/** Computes the curves one relaxation at a time, in idle time. */
function computeSeries(): void {
  const compute = (index: number) => {
    const family = FAMILIES[index];
    if (family === undefined) return;
    const shares = vanishedAt(family, INITIAL, TEMPERATURES);
    const values = TEMPERATURES.map((temperature, at): [number, number] => [temperature, shares[at]!]);
    series.value = [...series.value, { name: ABOUT[family].title.replace("IGR, ", ""), values }];
    setTimeout(compute, 0, index + 1);
  };
  if (series.value.length === 0) compute(0);
}

function show(): void {
  if (isShown.value) return;
  isShown.value = true;
  animate(2500, (progress) => {
    drawn.value = progress;
  });
}

/** Acts when an element comes within this margin below the window's lower edge. */
function whenReached(margin: string, act: () => void): IntersectionObserver {
  return new IntersectionObserver(
    ([entry]) => {
      if (entry?.isIntersecting) act();
    },
    { rootMargin: `100000px 0px ${margin} 0px` },
  );
}

/** Part 2: a guess, and the computed answer. */
export function Predict() {
  const chart = useRef<HTMLDivElement>(null);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Everything above the window counts as seen, because a link to a later part skips this one.
    const computes = whenReached("100%", computeSeries);
    // A reader who scrolls on without a guess also sees the answer.
    const answers = whenReached("-25%", show);
    computes.observe(chart.current as HTMLDivElement);
    answers.observe(end.current as HTMLDivElement);
    return () => {
      computes.disconnect();
      answers.disconnect();
    };
  }, []);
  const first = firstToVanish(series.value);
  return (
    <section aria-labelledby="part-2">
      <h2 id="part-2">2. Predict, then see</h2>
      <p>
        The temperature falls from 1 to 0.01. In 32-bit arithmetic more and more derivatives of the samples become
        exactly 0. Which relaxation loses half of them first?
      </p>
      <fieldset class="choices">
        <legend>Your guess</legend>
        {FAMILIES.map((family) => (
          <button
            type="button"
            key={family}
            aria-pressed={guess.value === family}
            onClick={() => {
              guess.value = family;
              show();
            }}
          >
            {ABOUT[family].title}
          </button>
        ))}
      </fieldset>
      <div ref={chart} class={isShown.value ? "" : "veiled"}>
        <LineChart
          title="Share of the derivatives that are exactly 0"
          xLabel="temperature, falling"
          yLabel="share"
          series={isShown.value ? series.value : []}
          xDomain={[1, 0.01]}
          yDomain={[0, 1]}
          isLogX
          drawn={drawn.value}
        />
      </div>
      <div ref={end} />
      <p aria-live="polite">{isShown.value && drawn.value === 1 ? verdict(first) : " "}</p>
    </section>
  );
}

function verdict(first: ReturnType<typeof firstToVanish>): string {
  if (first === undefined) return "None of them loses half of its derivatives above a temperature of 0.01.";
  const answer = `${first.name} does, at a temperature of ${first.temperature.toPrecision(2)}.`;
  if (guess.value === undefined) return answer;
  return ABOUT[guess.value].title.endsWith(first.name) ? `You were right: ${answer}` : `Not that one. ${answer}`;
}
