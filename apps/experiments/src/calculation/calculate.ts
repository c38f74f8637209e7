import { machineInWords } from "../machine.js";
import {
  type Calculated,
  type Calculation,
  type CalculationOptions,
  calculationId,
  type Results,
} from "./calculation.js";
import type { KeptCalculations } from "./kept-calculations.js";

export interface CalculateOptions {
  readonly kept: KeptCalculations;
  /** Computes nothing: calculations that are not stored have no result. */
  readonly onlyKept?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: ((calculation: Calculation, share: number) => void) | undefined;
}

/** Computes the calculations that are not stored yet, one after the other, and stores them. */
export async function calculate(
  calculations: readonly Calculation[],
  { kept, onlyKept = false, signal, onProgress }: CalculateOptions,
): Promise<Results> {
  const found = new Map<string, Calculated<unknown>>();
  for (const calculation of calculations) {
    const id = calculationId(calculation);
    const known = found.get(id) ?? (await kept.read(id));
    if (known !== undefined) found.set(id, known);
    if (known !== undefined || onlyKept) continue;
    const computed = await compute(calculation, { signal, onProgress: (share) => onProgress?.(calculation, share) });
    await kept.write(id, calculation, computed);
    found.set(id, computed);
  }
  return <T>(calculation: Calculation<T>) => found.get(calculationId(calculation)) as Calculated<T> | undefined;
}

async function compute(calculation: Calculation, options: CalculationOptions): Promise<Calculated<unknown>> {
  options.signal.throwIfAborted();
  const started = performance.now();
  const result = await calculation.compute(options);
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  // New results equal results that are read back: infinities are null in both.
  return { result: JSON.parse(JSON.stringify(result)), seconds, machine: machineInWords() };
}
