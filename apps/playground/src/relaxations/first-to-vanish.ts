/** A curve of the second part: the share of vanished derivatives at falling temperatures. */
interface Curve {
  readonly name: string;
  readonly values: readonly (readonly [temperature: number, share: number])[];
}

/**
 * The curve that passes one half at the highest temperature, and that temperature. Between two computed temperatures
 * the share is interpolated on the logarithmic axis, because several curves pass one half between the same two.
 */
export function firstToVanish(curves: readonly Curve[]): { name: string; temperature: number } | undefined {
  const passes = curves.flatMap(({ name, values }) => {
    const at = values.findIndex(([, share]) => share >= 0.5);
    if (at < 0) return [];
    const [temperature, share] = values[at]!;
    const [before, shareBefore] = values[Math.max(0, at - 1)]!;
    const part = share === shareBefore ? 1 : (0.5 - shareBefore) / (share - shareBefore);
    return [{ name, temperature: before * (temperature / before) ** part }];
  });
  return passes.sort((a, b) => b.temperature - a.temperature)[0];
}
