/** Whether the reader's system asks for less motion. */
export const prefersLessMotion = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Calls `show` with numbers from 0 to 1 over `milliseconds`, eased, frame by frame; with reduced motion once, with 1.
 * Returns a function that stops it.
 */
export function animate(milliseconds: number, show: (progress: number) => void): () => void {
  if (prefersLessMotion()) {
    show(1);
    return () => {};
  }
  const began = performance.now();
  let request = 0;
  const frame = (now: number) => {
    const progress = Math.min(1, Math.max(0, (now - began) / milliseconds));
    show(progress * progress * (3 - 2 * progress));
    if (progress < 1) request = requestAnimationFrame(frame);
  };
  request = requestAnimationFrame(frame);
  return () => cancelAnimationFrame(request);
}
