import { type Bijector, SoftmaxPlusPlus } from "@igr/bijectors";
import * as tf from "@tensorflow/tfjs-core";
import { coordinatesKl, type GaussianCoordinates, type SharedAffine } from "./gaussian-coordinates.js";

/** The parts of an IGR on which a divergence depends. */
interface MappedGaussian {
  readonly bijector: Bijector;
  readonly transform: string;
  readonly coordinates: GaussianCoordinates;
}

/**
 * Eq 19: the divergence does not change under a map that both share. Two softmax++ share one for all temperatures and
 * deltas: log z_k - log z_K is Gaussian with mean loc / temperature - log delta and deviation scale / temperature.
 * Other different maps have no closed form; the returned string is the reason.
 */
export function igrDivergence(q: MappedGaussian, p: MappedGaussian): tf.Tensor | string {
  if (q.bijector.equals(p.bijector)) return coordinatesKl([q.coordinates], [p.coordinates]);
  if (q.bijector instanceof SoftmaxPlusPlus && p.bijector instanceof SoftmaxPlusPlus) {
    return coordinatesKl([q.coordinates, logRatios(q.bijector)], [p.coordinates, logRatios(p.bijector)]);
  }
  return q.transform === p.transform
    ? `both have the transform '${q.transform}', whose parameters are not known to be equal`
    : `their transforms differ, '${q.transform}' and '${p.transform}'`;
}

function logRatios({ temperature, delta }: SoftmaxPlusPlus): SharedAffine {
  return { divisor: temperature.column, shift: tf.log(delta.column) };
}
