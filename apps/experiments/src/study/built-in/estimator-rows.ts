import type { PartialConfiguration } from "../../configuration/schema.js";

/** A way to train the discrete model: settings of a run. */
export interface Row extends PartialConfiguration {
  readonly latent: PartialConfiguration & { readonly kind: string };
}

function categorical(estimator: object): Row {
  const latent = { kind: "categorical", estimator };
  return { latent };
}

/** Estimators that pass one-hot draws with a bias, from one draw for each image. */
export const biased: readonly Row[] = [
  categorical({ kind: "straight-through" }),
  categorical({ kind: "straight-through-gumbel", temperature: 1 }),
  categorical({ kind: "gumbel-rao", temperature: 1, conditionalDraws: 10 }),
  categorical({ kind: "gapped-straight-through", temperature: 1 }),
  categorical({ kind: "reinmax", temperature: 1.1 }),
  categorical({ kind: "reinmax", temperature: 1.1, variant: "rao" }),
];

/** Estimators of ours, on the exact probabilities of an IGR's argmax. */
export const ofIgr: readonly Row[] = [
  { latent: { kind: "igr-categorical", temperature: 0.5, estimator: { kind: "reinmax", temperature: 1.1 } } },
  { latent: { kind: "igr-categorical", temperature: 0.5, estimator: { kind: "igr-straight-through" } } },
  { latent: { kind: "igr-categorical", temperature: 0.5, estimator: { kind: "igr-rao" } } },
];

/** Estimators without bias that compare so many draws for each image. */
export function unbiased(samples: number): readonly Row[] {
  return [
    categorical({ kind: "reinforce", baseline: "leave-one-out", samples }),
    ...(samples === 2 ? [categorical({ kind: "disarm", samples })] : []),
    categorical({ kind: "carms", samples }),
    categorical({ kind: "double-cv", samples }),
    categorical({ kind: "rodeo", samples }),
  ];
}

/**
 * What they learn has gradients of a squared norm, in the hundreds of thousands. RAdam's first five steps are those of
 * gradient descent: without a limit they throw the control variate far off, and the model never recovers.
 */
const limited = { training: { clipGradients: { value: 1 } } };

/** Estimators without bias that use a relaxed draw. */
export const controlled: readonly Row[] = [
  { ...categorical({ kind: "rebar", temperature: 0.5, scale: "learned" }), ...limited },
  { ...categorical({ kind: "relax", temperature: 0.5 }), ...limited },
];
