import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface StepProps {
  /** Runs when the step reaches the middle of the window. The function that it returns runs when the step leaves. */
  readonly onEnter: () => (() => void) | undefined;
  readonly children: ComponentChildren;
}

/** A paragraph of the story that changes the adjacent picture when it is scrolled into view. */
export function Step({ onEnter, children }: StepProps) {
  const element = useRef<HTMLDivElement>(null);
  const enter = useRef(onEnter);
  enter.current = onEnter;
  useEffect(() => {
    let leave: (() => void) | undefined;
    const observer = new IntersectionObserver(
      ([entry]) => {
        leave?.();
        leave = entry?.isIntersecting ? enter.current() : undefined;
      },
      { rootMargin: "-40% 0px -40% 0px" },
    );
    observer.observe(element.current as HTMLDivElement);
    return () => {
      leave?.();
      observer.disconnect();
    };
  }, []);
  return (
    <div class="step" ref={element}>
      {children}
    </div>
  );
}
