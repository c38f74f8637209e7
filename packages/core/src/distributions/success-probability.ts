import { type Domain, finite, Parameter, type ParameterValue, type Validation } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { deviance, type Odds } from "../special/saddle-point.js";
import { logOfComplement, logOfProbability } from "./zero-probability.js";

/** A probability of success, as options. */
export interface SuccessOptions {
  /** Log-odds of success, `[...batch]`; finite, except for Bernoulli. Exactly one of `logits` and `probs` is given. */
  readonly logits?: ParameterValue;
  /** Probability of success, `[...batch]`. */
  readonly probs?: ParameterValue;
}

/**
 * A probability, given as a probability or as log-odds, with its complement and the logarithms of both. From log-odds
 * these are exact in both tails; from a probability the complement is 1 minus the float32 number.
 */
export class SuccessProbability implements Odds {
  readonly parameter: Parameter;

  /** @throws TypeError unless exactly one of `logits` and `probs` is given; RangeError for numbers outside their domain. */
  constructor(
    owner: string,
    { logits, probs }: SuccessOptions,
    domain: Domain,
    validate: Validation,
    logitsDomain: Domain = finite,
  ) {
    this.parameter = exactlyOne(
      owner,
      { name: "logits", value: logits, domain: logitsDomain },
      { name: "probs", value: probs, domain },
      validate,
    );
  }

  get shape(): readonly number[] {
    return this.parameter.shape;
  }

  /** Log-odds; infinite where a given probability is 0 or 1. */
  get logits(): tf.Tensor {
    const { tensor } = this.parameter;
    return this.hasLogits ? tensor : tf.sub(tf.log(tensor), tf.log1p(tf.neg(tensor)));
  }

  get probs(): tf.Tensor {
    const { tensor } = this.parameter;
    return this.hasLogits ? tf.sigmoid(tensor) : tensor;
  }

  get complement(): tf.Tensor {
    const { tensor } = this.parameter;
    return this.hasLogits ? tf.sigmoid(tf.neg(tensor)) : tf.sub(1, tensor);
  }

  get logProbs(): tf.Tensor {
    const { tensor } = this.parameter;
    return this.hasLogits ? tf.neg(tf.softplus(tf.neg(tensor))) : logOfProbability(tensor);
  }

  get logComplement(): tf.Tensor {
    const { tensor } = this.parameter;
    return this.hasLogits ? tf.neg(tf.softplus(tensor)) : logOfComplement(tensor);
  }

  /** Probabilities and complements as float64 numbers, element by element of the parameter. Reads a tensor. */
  read(): { probs: number; complement: number }[] {
    return Array.from(this.parameter.read(), (value) =>
      this.hasLogits
        ? { probs: 1 / (1 + Math.exp(-value)), complement: 1 / (1 + Math.exp(value)) }
        : { probs: value, complement: 1 - value },
    );
  }

  /** KL of two Bernoulli variables, without the cancellation of `p log(p / p')` and its complement. */
  divergence(other: Odds): tf.Tensor {
    return tf.add(
      deviance(this.probs, other.probs, other.logProbs),
      deviance(this.complement, other.complement, other.logComplement),
    );
  }

  /** Whether log-odds were given. */
  get hasLogits(): boolean {
    return this.parameter.name === "logits";
  }
}

interface Alternative {
  readonly name: string;
  readonly value: ParameterValue | undefined;
  readonly domain: Domain;
}

/**
 * Returns the parameter that was given in one of two ways.
 *
 * @throws TypeError unless exactly one is given.
 */
export function exactlyOne(owner: string, a: Alternative, b: Alternative, validate: Validation): Parameter {
  const given = [a, b].filter(({ value }) => value !== undefined);
  const [only] = given;
  if (given.length !== 1 || !only) {
    throw new TypeError(
      `${owner}: exactly one of ${a.name} and ${b.name} must be given, got ${given.length === 0 ? "neither" : "both"}`,
    );
  }
  return new Parameter(owner, only.name, only.value as ParameterValue, only.domain, validate);
}
