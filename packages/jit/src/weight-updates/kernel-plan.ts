import type { ElementwiseKernel, KernelOperation } from "./kernel.js";

/** A register times a number that is the same for all elements: a product of scalars and constants, over others. */
interface Scaled {
  readonly register: number;
  readonly times: readonly number[];
  readonly over: readonly number[];
}

/** One operation of a plan; `Scale` applies the factors of its result. */
export interface Step {
  readonly operation: KernelOperation | "Scale";
  readonly operands: readonly number[];
  readonly result: number;
}

/**
 * Constant factors are combined while their product stays between this and its inverse, so that it neither overflows
 * nor underflows.
 */
const MODERATE = 2 ** 60;

/** The operations of a kernel, in order. */
export interface KernelPlan {
  readonly steps: readonly Step[];
  /** The factors behind each result of a `Scale`. */
  readonly scaled: ReadonlyMap<number, Scaled>;
  /** The register of each of the kernel's stores. */
  readonly stored: readonly number[];
}

/**
 * The instructions without the factors that are the same for all elements; these are applied where a sum needs them.
 */
export function planKernel({ streams, scalars, constants, instructions, stores }: ElementwiseKernel): KernelPlan {
  const uniformEnd = streams + scalars + constants.length;
  const isUniform = (register: number) => register >= streams && register < uniformEnd;
  const values = new Map<number, Scaled>();
  const valueIn = (register: number): Scaled => values.get(register) ?? { register, times: [], over: [] };
  const steps: Step[] = [];
  const scaled = new Map<number, Scaled>();
  const applied = new Map<string, number>();
  let next = uniformEnd + instructions.length;
  /** The register of a value with its factors applied. */
  const plain = (register: number): number => {
    const value = valueIn(register);
    if (value.times.length + value.over.length === 0) return value.register;
    const key = JSON.stringify(value);
    let result = applied.get(key);
    if (result === undefined) {
      result = next++;
      applied.set(key, result);
      scaled.set(result, value);
      steps.push({ operation: "Scale", operands: [value.register], result });
    }
    return result;
  };
  const areModerate = (factors: readonly number[]): boolean => {
    const product = factors.reduce((all, register) => all * (constants[register - streams - scalars] ?? 1), 1);
    return Math.abs(product) < MODERATE && Math.abs(product) > 1 / MODERATE;
  };
  /**
   * A value with one more factor. The previous factors are applied first if the product could overflow or underflow.
   */
  const scaledBy = (register: number, key: "times" | "over", factor: number): Scaled => {
    const value = valueIn(register);
    const factors = [...value[key], factor];
    if (value.times.length + value.over.length === 0 || areModerate(factors)) return { ...value, [key]: factors };
    return { register: plain(register), times: [], over: [], [key]: [factor] };
  };
  for (const [i, { operation, operands }] of instructions.entries()) {
    const register = uniformEnd + i;
    const [a, b] = operands as [number, number];
    if (operation === "Mul" && isUniform(b)) values.set(register, scaledBy(a, "times", b));
    else if (operation === "Mul" && isUniform(a)) values.set(register, scaledBy(b, "times", a));
    else if (operation === "Div" && isUniform(b)) values.set(register, scaledBy(a, "over", b));
    else if (operation === "Div" && !isUniform(a) && areModerate(valueIn(a).times) && areModerate(valueIn(a).over)) {
      const x = valueIn(a);
      steps.push({ operation, operands: [x.register, plain(b)], result: register });
      values.set(register, { ...x, register });
    } else steps.push({ operation, operands: operands.map(plain), result: register });
  }
  return { steps, scaled, stored: stores.map(({ register }) => plain(register)) };
}
