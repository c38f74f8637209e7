/** Of repeated times, in milliseconds unless another unit is named. */
export interface Quantiles {
  readonly minimum: number;
  readonly median: number;
}

/** Three significant digits and more. */
export function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
