import { useMemo } from "preact/hooks";
import { CATEGORY_COLORS } from "../drawing/colors.js";
import { largestOf } from "../drawing/point-cloud.js";
import { corner, positionsOf, toPlane, trianglePath } from "../drawing/simplex-plane.js";
import { ABOUT, type Family } from "../relaxations/families.js";
import type { Figures } from "../relaxations/figures.js";
import { Cloud } from "./cloud.js";

/** A sample's position and its displacement, on the simplex. */
export interface Arrow {
  readonly from: readonly [number, number, number];
  readonly to: readonly [number, number, number];
}

interface SimplexPanelProps {
  readonly family: Family;
  /** Three numbers per sample. */
  readonly points: Float32Array;
  readonly figures: Figures | undefined;
  readonly arrows: readonly Arrow[];
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** One relaxation: its samples on the simplex, and its numbers. */
export function SimplexPanel({ family, points, figures, arrows }: SimplexPanelProps) {
  const { title, formula } = ABOUT[family];
  const cloud = useMemo(() => ({ positions: positionsOf(points), categories: largestOf(points) }), [points]);
  const near = figures && figures.distances.filter((distance) => distance <= 0.2).length / figures.distances.length;
  return (
    <figure class="panel" data-family={family}>
      <figcaption>
        <strong>{title}</strong> <small>{formula}</small>
      </figcaption>
      <Cloud label={`${points.length / 3} samples of ${title} on the simplex`} points={cloud}>
        <path class="triangle" d={trianglePath(100)} />
        {arrows.map(({ from, to }) => {
          const [x1, y1] = toPlane(...from);
          const [x2, y2] = toPlane(...to);
          return <line class="arrow" x1={100 * x1} y1={100 * y1} x2={100 * x2} y2={100 * y2} marker-end="url(#head)" />;
        })}
        {[0, 1, 2].map((k) => {
          const [x, y] = corner(k, 100);
          return (
            <text class="corner" x={x} y={k === 0 ? y - 2 : y + 8} text-anchor="middle" fill={CATEGORY_COLORS[k]}>
              {k + 1}
            </text>
          );
        })}
      </Cloud>
      <Bars probs={figures?.probs} />
      <dl>
        <dt>within 0.2 of a corner</dt>
        <dd>{near === undefined ? "…" : percent(near)}</dd>
        <dt>derivatives that are 0</dt>
        <dd>{figures ? percent(figures.vanished) : "…"}</dd>
      </dl>
    </figure>
  );
}

/** P(argmax z = k) as bars with their numbers. */
function Bars({ probs }: { readonly probs: readonly number[] | undefined }) {
  return (
    <ul class="bars" aria-label="Probability that each category is the largest">
      {[0, 1, 2].map((k) => (
        <li>
          <span class="bar" style={{ width: `${100 * (probs?.[k] ?? 0)}%`, background: CATEGORY_COLORS[k] }} />
          <span>{probs ? probs[k]!.toFixed(3) : "…"}</span>
        </li>
      ))}
    </ul>
  );
}
