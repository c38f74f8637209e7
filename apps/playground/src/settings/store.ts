import { effect, signal } from "@preact/signals";
import { clamp, fromQuery, type Settings, toQuery } from "./settings.js";

/** The current settings. */
export const settings = signal<Settings>(fromQuery(location.hash.slice(1)));

/** Whether the reader has touched a control: from then on the page changes no setting on its own. */
export const isTouched = signal(location.hash.length > 1);

/** Changes settings for the reader. */
export function change(changes: Partial<Settings>): void {
  isTouched.value = true;
  assign(changes);
}

/** Changes settings for the story; it does not count as a touch by the reader. */
export function assign(changes: Partial<Settings>): void {
  const clamped = Object.entries(changes).map(([name, value]) => [name, clamp(name as keyof Settings, value)]);
  settings.value = { ...settings.value, ...Object.fromEntries(clamped) };
}

/** Updates the address at most four times a second, because browsers limit the rate. */
export function keepAddress(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const query = toQuery(settings.value);
    if (!isTouched.value) return;
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(null, "", query === "" ? location.pathname : `#${query}`), 250);
  });
}
