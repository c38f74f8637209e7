import { useMemo, useRef } from "preact/hooks";
import { largestOf } from "../drawing/point-cloud.js";
import { change, settings } from "../settings/store.js";
import { Cloud } from "./cloud.js";

/** The plane shows both coordinates from -EDGE to EDGE. */
const EDGE = 5;
const toUnit = (y: number) => (y + EDGE) / (2 * EDGE);

interface PreImagePlaneProps {
  /** Two numbers per sample. */
  readonly preImages: Float32Array;
  /** The samples of softmax++, which colour the plane. */
  readonly points: Float32Array;
}

/** The Gaussian before the map: its samples, its mean and the ellipse of one standard deviation, both to drag. */
export function PreImagePlane({ preImages, points }: PreImagePlaneProps) {
  const svg = useRef<SVGGElement>(null);
  const { loc1, loc2, scale1, scale2 } = settings.value;
  const cloud = useMemo(
    () => ({
      positions: preImages.map((y, index) => (index % 2 === 0 ? toUnit(y) : 1 - toUnit(y))),
      categories: largestOf(points),
    }),
    [preImages, points],
  );
  const [x, y] = [100 * toUnit(loc1), 100 * (1 - toUnit(loc2))];
  const [radius1, radius2] = [(100 * scale1) / (2 * EDGE), (100 * scale2) / (2 * EDGE)];

  const drag = (move: (y1: number, y2: number) => void) => (event: PointerEvent) => {
    const target = event.currentTarget as SVGElement;
    target.setPointerCapture(event.pointerId);
    const square = (svg.current as SVGGElement).ownerSVGElement!.getBoundingClientRect();
    const follow = ({ clientX, clientY }: PointerEvent) =>
      move(
        (2 * (clientX - square.left) * EDGE) / square.width - EDGE,
        EDGE - (2 * (clientY - square.top) * EDGE) / square.height,
      );
    target.addEventListener("pointermove", follow);
    target.addEventListener("pointerup", () => target.removeEventListener("pointermove", follow), { once: true });
    target.addEventListener("pointercancel", () => target.removeEventListener("pointermove", follow), { once: true });
    event.preventDefault();
  };

  return (
    <figure class="panel plane">
      <figcaption>
        <strong>Gaussian noise</strong> <small>y = mean + deviation · ε</small>
      </figcaption>
      <Cloud label="Samples of the Gaussian before the map" points={cloud}>
        <g ref={svg}>
          <path class="axes" d="M50,0V100M0,50H100" />
          <ellipse class="ellipse" cx={x} cy={y} rx={radius1} ry={radius2} />
          <circle class="handle" cx={x} cy={y} r="3" onPointerDown={drag((y1, y2) => change({ loc1: y1, loc2: y2 }))} />
          <circle
            class="handle"
            cx={x + radius1}
            cy={y}
            r="2.4"
            onPointerDown={drag((y1) => change({ scale1: Math.abs(y1 - settings.value.loc1) }))}
          />
          <circle
            class="handle"
            cx={x}
            cy={y - radius2}
            r="2.4"
            onPointerDown={drag((_, y2) => change({ scale2: Math.abs(y2 - settings.value.loc2) }))}
          />
        </g>
      </Cloud>
      <p class="hint">Drag the centre or the two handles, or use the sliders.</p>
    </figure>
  );
}
