import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { drawPoints } from "../drawing/point-cloud.js";

interface CloudProps {
  /** The text alternative for screen readers. */
  readonly label: string;
  readonly count: number;
  /** The position of a sample in the unit square. */
  readonly place: (index: number) => readonly [number, number];
  readonly categoryOf: (index: number) => number;
  /** Drawn in SVG over the points, in a square of 100 units. */
  readonly children?: ComponentChildren;
}

/** A square of points with a drawing over it. */
export function Cloud({ label, count, place, categoryOf, children }: CloudProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current as HTMLCanvasElement;
    const fitSize = () => {
      const side = Math.round(element.clientWidth * Math.min(2, devicePixelRatio));
      if (element.width !== side) element.width = element.height = side;
      drawPoints(element, count, place, categoryOf);
    };
    fitSize();
    const observer = new ResizeObserver(fitSize);
    observer.observe(element);
    return () => observer.disconnect();
  }, [count, place, categoryOf]);
  return (
    <div class="cloud" role="img" aria-label={label}>
      <canvas ref={canvas} />
      <svg viewBox="0 0 100 100" aria-hidden="true">
        {children}
      </svg>
    </div>
  );
}
