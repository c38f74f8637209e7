import type * as tf from "@tensorflow/tfjs-core";
import type { Distribution } from "../base/distribution.js";

/** A class of distributions, possibly abstract, as on the right of `instanceof`. */
export type DistributionClass<D extends Distribution> = abstract new (...args: never[]) => D;

/**
 * KL(q || p) in nats, `[...batchShape]` (any shape that broadcasts to it). Runs inside `tf.tidy`. A rule that does not
 * apply to these two returns `undefined`, or a string with the reason, which klDivergence's error contains.
 */
export type KlRule<Q extends Distribution, P extends Distribution> = (q: Q, p: P) => tf.Tensor | string | undefined;

interface Entry {
  readonly qClass: DistributionClass<Distribution>;
  readonly pClass: DistributionClass<Distribution>;
  readonly rule: KlRule<Distribution, Distribution>;
}

const entries: Entry[] = [];

/**
 * Registers a closed form for {@link klDivergence}. It applies to objects of the two classes and of their subclasses;
 * among several rules the one with the nearest classes is used, and among equally near ones the last registered. If a
 * rule returns no tensor, the next rule is tried.
 *
 * @example
 * ```ts
 * registerKl(Lorentzian, Lorentzian, (q, p) => {
 *   const scales = tf.square(tf.add(q.scale, p.scale));
 *   const locs = tf.square(tf.sub(q.loc, p.loc));
 *   return tf.log(tf.div(tf.add(scales, locs), tf.mul(4, tf.mul(q.scale, p.scale))));
 * });
 * ```
 */
export function registerKl<Q extends Distribution, P extends Distribution>(
  qClass: DistributionClass<Q>,
  pClass: DistributionClass<P>,
  rule: KlRule<Q, P>,
): void {
  if (typeof qClass !== "function" || typeof pClass !== "function" || typeof rule !== "function") {
    throw new TypeError("registerKl: pass two classes of distributions and a function of (q, p)");
  }
  entries.push({ qClass, pClass, rule: rule as unknown as KlRule<Distribution, Distribution> });
}

/** The closed form for a pair. If no rule applies, the reason of the nearest rule that states one, or undefined. */
export function closedKl(q: Distribution, p: Distribution): tf.Tensor | string | undefined {
  const candidates = entries
    .map((entry, order) => ({
      ...entry,
      order,
      distance: inheritanceDistance(q, entry.qClass) + inheritanceDistance(p, entry.pClass),
    }))
    .filter(({ distance }) => Number.isFinite(distance))
    .sort((a, b) => a.distance - b.distance || b.order - a.order);
  let reason: string | undefined;
  for (const { rule } of candidates) {
    const result = rule(q, p);
    if (typeof result === "object") return result;
    reason ??= result;
  }
  return reason;
}

/** Number of `extends` between an object's class and `ancestor`; Infinity if `ancestor` is not one of its classes. */
function inheritanceDistance(object: Distribution, ancestor: DistributionClass<Distribution>): number {
  let prototype: unknown = Object.getPrototypeOf(object);
  for (let distance = 0; prototype; distance++) {
    if (prototype === ancestor.prototype) return distance;
    prototype = Object.getPrototypeOf(prototype);
  }
  return Number.POSITIVE_INFINITY;
}
