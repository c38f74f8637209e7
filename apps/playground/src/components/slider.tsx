import { RANGES, type Settings } from "../settings/settings.js";
import { change, settings } from "../settings/store.js";

/** A labelled slider of one setting. */
export function SettingSlider({ name }: { readonly name: keyof Settings }) {
  const { label, min, max, step, isLogarithmic } = RANGES[name];
  const value = settings.value[name];
  const [toSlider, fromSlider] = isLogarithmic ? [Math.log, Math.exp] : [Number, Number];
  return (
    <label class="slider">
      <span>{label}</span>
      <input
        type="range"
        min={toSlider(min)}
        max={toSlider(max)}
        step={isLogarithmic ? 0.01 : step}
        value={toSlider(value)}
        aria-valuetext={String(value)}
        onInput={({ currentTarget }) => change({ [name]: fromSlider(Number(currentTarget.value)) })}
      />
      <output>{value}</output>
    </label>
  );
}
