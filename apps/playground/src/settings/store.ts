import { effect, signal } from "@preact/signals";
import { clamp, fromQuery, type Settings, toQuery } from "./settings.js";

/** The present settings. */
export const settings = signal<Settings>(fromQuery(location.hash.slice(1)));

/** Whether the reader has touched a control: from then on the page moves nothing by itself. */
export const isTouched = signal(location.hash.length > 1);

/** Changes settings as the reader asks. */
export function change(changes: Partial<Settings>): void {
  isTouched.value = true;
  assign(changes);
}

/** Changes settings as the story asks: it does not count as the reader's touch. */
export function assign(changes: Partial<Settings>): void {
  const clamped = Object.entries(changes).map(([name, value]) => [name, clamp(name as keyof Settings, value)]);
  settings.value = { ...settings.value, ...Object.fromEntries(clamped) };
}

/** Keeps the address true, at most four times a second: browsers refuse more. */
export function keepAddress(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const query = toQuery(settings.value);
    if (!isTouched.value) return;
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(null, "", query === "" ? location.pathname : `#${query}`), 250);
  });
}
