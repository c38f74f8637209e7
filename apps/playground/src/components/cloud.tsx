import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { drawPoints, type Points } from "../drawing/point-cloud.js";

interface CloudProps {
  /** The text alternative for screen readers. */
  readonly label: string;
  readonly points: Points;
  /** Drawn in SVG over the points, in a square of 100 units. */
  readonly children?: ComponentChildren;
}

/** A square of points with a drawing over it. */
export function Cloud({ label, points, children }: CloudProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(points);
  latest.current = points;
  // A change of the points reads no size, which would lay the page out at each frame.
  useLayoutEffect(() => drawPoints(canvas.current as HTMLCanvasElement, points), [points]);
  useEffect(() => {
    const element = canvas.current as HTMLCanvasElement;
    const observer = new ResizeObserver(() => {
      const side = Math.round(element.clientWidth * Math.min(2, devicePixelRatio));
      if (element.width === side) return;
      element.width = element.height = side;
      drawPoints(element, latest.current);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <div class="cloud" role="img" aria-label={label}>
      <canvas ref={canvas} />
      <svg viewBox="0 0 100 100" aria-hidden="true">
        {children}
      </svg>
    </div>
  );
}
