import { scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";
import { LINES } from "../drawing/colors.js";

/** One line of a chart. */
export interface Series {
  readonly name: string;
  readonly values: readonly (readonly [number, number])[];
}

interface LineChartProps {
  /** What the chart shows, for readers and screen readers. */
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  readonly xDomain: readonly [number, number];
  readonly yDomain: readonly [number, number];
  readonly isLogX?: boolean;
  /** Share of the lines that is drawn, from the left, in [0, 1]; 1 by default. */
  readonly drawn?: number;
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [520, 320, 46, 140, 32, 46];

/** A chart of several lines, distinguished by colour, dashes and a label at each end. */
export function LineChart(props: LineChartProps) {
  const { title, xLabel, yLabel, series, xDomain, yDomain, isLogX = false, drawn = 1 } = props;
  const x = (isLogX ? scaleLog() : scaleLinear()).domain(xDomain).range([LEFT, WIDTH - RIGHT]);
  const y = scaleLinear()
    .domain(yDomain)
    .range([HEIGHT - BOTTOM, TOP]);
  const path = line<readonly [number, number]>()
    .x(([value]) => x(value))
    .y(([, value]) => y(value));
  const xTicks = isLogX ? x.ticks(3).filter((tick) => /^[125]/.test(tick.toExponential())) : x.ticks(5);
  const ends = spread(
    series.map(({ values }) => y(values.at(-1)?.[1] ?? 0)),
    16,
  );
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title}: ${describe(series)}`}>
        <clipPath id={`clip-${title.length}`}>
          <rect x={LEFT - 2} y={0} width={(WIDTH - RIGHT - LEFT + 4) * drawn} height={HEIGHT - BOTTOM + 2} />
        </clipPath>
        {xTicks.map((tick) => (
          <g class="tick">
            <line x1={x(tick)} x2={x(tick)} y1={TOP} y2={HEIGHT - BOTTOM} />
            <text x={x(tick)} y={HEIGHT - BOTTOM + 16} text-anchor="middle">
              {tick}
            </text>
          </g>
        ))}
        {y.ticks(4).map((tick) => (
          <g class="tick">
            <line x1={LEFT} x2={WIDTH - RIGHT} y1={y(tick)} y2={y(tick)} />
            <text x={LEFT - 5} y={y(tick) + 4} text-anchor="end">
              {tick}
            </text>
          </g>
        ))}
        <text class="axis-label" x={(LEFT + WIDTH - RIGHT) / 2} y={HEIGHT - 6} text-anchor="middle">
          {xLabel}
        </text>
        <text class="axis-label" x={LEFT - 34} y={TOP - 16}>
          {yLabel}
        </text>
        {series.map(({ name, values }, index) => {
          const { color, dash } = LINES[index % LINES.length]!;
          return (
            <g>
              <path
                class="series"
                d={path(values) ?? ""}
                stroke={color}
                stroke-dasharray={dash}
                clip-path={`url(#clip-${title.length})`}
              />
              {drawn === 1 && (
                <text class="end" x={WIDTH - RIGHT + 6} y={ends[index]! + 4} fill={color}>
                  {name}
                </text>
              )}
            </g>
          );
        })}
      </svg>
    </figure>
  );
}

/** Positions at least `gap` apart, each as close as possible to the original. */
function spread(positions: readonly number[], gap: number): number[] {
  const order = positions.map((_, index) => index).sort((a, b) => positions[a]! - positions[b]!);
  const moved = [...positions];
  for (const [place, index] of order.entries()) {
    const before = place > 0 ? moved[order[place - 1]!]! + gap : Number.NEGATIVE_INFINITY;
    moved[index] = Math.max(moved[index]!, before);
  }
  return moved;
}

/** The last value of each line in words. */
function describe(series: readonly Series[]): string {
  return series
    .map(({ name, values }) => `${name} ends at ${values.at(-1)?.[1].toPrecision(3) ?? "nothing"}`)
    .join(", ");
}
