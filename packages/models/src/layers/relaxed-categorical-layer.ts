import {
  Concrete,
  createRng,
  IGR,
  type IGRTransformName,
  type RelaxedDistribution,
  type Rng,
  relaxationName,
} from "@igr/core";
import { checkInteger, checkOneOf, checkOptions, checkPositive } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";

/** `tf.layers.Layer`'s shapes: null is the batch. */
type Shape = (number | null)[];
type LayerVariable = ReturnType<layers.Layer["addWeight"]>;

/** Options of {@link RelaxedCategoricalLayer}, in addition to those of every tfjs layer. */
export interface RelaxedCategoricalLayerArgs {
  /** K, the number of categories of each variable, >= 2. */
  readonly categories: number;
  /** Temperature of the relaxation, > 0; the initial value if it is learned. */
  readonly temperature: number;
  /** `'gumbel-softmax'` by default, with the aliases `'gs'`, `'concrete'` and `'gumbel'`. */
  readonly relaxation?: "gumbel-softmax" | "igr" | "gs" | "concrete" | "gumbel";
  /**
   * IGR's map onto the simplex; `'softmax++'` by default. With `'stick-breaking'` and delta <= 1 the last category
   * never has the largest coordinate.
   */
  readonly transform?: IGRTransformName;
  /** IGR's weight of the last category in softmax++, > 0; 0.1 if absent. */
  readonly delta?: number;
  /**
   * Whether one temperature for all variables, or one for each, is a trained weight (its logarithm); `false` by
   * default.
   */
  readonly learnTemperature?: false | "shared" | "per-variable";
  /**
   * Whether the output in training is one-hot, with the gradient of the relaxed draw (straight-through); false by
   * default.
   */
  readonly hard?: boolean;
  /**
   * The output outside of training. `'probs'` (default): the probabilities P(argmax z = k), without a draw (for IGR by
   * quadrature, which is slower than a draw). `'sample'`: a draw, as in training.
   */
  readonly inference?: "probs" | "sample";
  /** Seed of the layer's own stream of draws, an integer or a string; 0 by default. */
  readonly seed?: number | string;
  /** As for every layer. */
  readonly name?: string;
  /** As for every layer. */
  readonly trainable?: boolean;
}

/** Names of the layer's own arguments, then of those that every layer of tfjs takes. */
const ARGUMENTS: readonly string[] = [
  "categories",
  "temperature",
  "relaxation",
  "transform",
  "delta",
  "learnTemperature",
  "hard",
  "inference",
  "seed",
  "name",
  "trainable",
  "inputShape",
  "batchInputShape",
  "batchSize",
  "dtype",
  "inputDType",
  // Added by tfjs when it reads a saved model.
  "customObjects",
  "weights",
];

/**
 * Relaxed categorical variables as a layer of tfjs-layers, for `tf.sequential` and every other LayersModel: it maps the
 * output of a dense layer to points near the vertices of the simplex, with gradients.
 *
 * Shapes: `[batch, ..., N P] -> [batch, ..., N K]`, with P = K logits for the Gumbel-Softmax, and P = 2 (K - 1) for IGR: loc,
 * then log scale. Draws come from {@link rng}, which a compiled step takes as its generator (`jit(step, { rng: layer.rng
 * })`); its position is not saved with the model. Importing this module registers the class, so that
 * `tf.loadLayersModel` finds it.
 *
 * @example
 * ```ts
 * const classifier = tfl.sequential();
 * classifier.add(tfl.layers.dense({ units: 3 * 4, inputShape: [8] }));
 * classifier.add(new RelaxedCategoricalLayer({ categories: 4, temperature: 0.5, seed: 1 }));
 * classifier.add(tfl.layers.dense({ units: 8 }));
 * classifier.compile({ optimizer: "adam", loss: "meanSquaredError" });
 * ```
 */
export class RelaxedCategoricalLayer extends layers.Layer {
  /** The name under which tfjs saves the layer. */
  static readonly className = "RelaxedCategoricalLayer";
  /** The layer's own stream of draws. */
  readonly rng: Rng;
  readonly #args: Required<
    Omit<RelaxedCategoricalLayerArgs, "name" | "trainable" | "delta" | "relaxation"> & {
      delta: number | undefined;
      relaxation: "gumbel-softmax" | "igr";
    }
  >;
  #logTemperature: LayerVariable | undefined;

  /** @throws RangeError if a number or a name is not allowed. */
  constructor(args: RelaxedCategoricalLayerArgs & { readonly inputShape?: readonly number[] }) {
    checkOptions("RelaxedCategoricalLayer", args, ARGUMENTS);
    super(args as ConstructorParameters<typeof layers.Layer>[0]);
    const owner = "RelaxedCategoricalLayer";
    const transform = args.transform ?? "softmax++";
    const learnTemperature = args.learnTemperature ?? false;
    this.#args = {
      categories: checkInteger(owner, "categories", args.categories, 2),
      temperature: checkPositive(owner, "temperature", args.temperature),
      relaxation: checkOneOf<"gumbel-softmax" | "igr">(
        owner,
        "relaxation",
        relaxationName(args.relaxation ?? "gumbel-softmax") as "gumbel-softmax" | "igr",
        ["gumbel-softmax", "igr"],
      ),
      transform: checkOneOf(owner, "transform", transform, ["softmax++", "stick-breaking", "interpolation"]),
      // tfjs writes null for absent options.
      delta: args.delta === undefined || args.delta === null ? undefined : checkPositive(owner, "delta", args.delta),
      learnTemperature:
        learnTemperature === false
          ? false
          : checkOneOf<"shared" | "per-variable">(owner, "learnTemperature", learnTemperature, [
              "shared",
              "per-variable",
            ]),
      hard: args.hard ?? false,
      inference: checkOneOf(owner, "inference", args.inference ?? "probs", ["probs", "sample"]),
      seed: args.seed ?? 0,
    };
    if (transform === "interpolation" && (learnTemperature !== false || args.temperature > 1)) {
      throw new RangeError(
        `${owner}: temperature of 'interpolation' must be in (0, 1] and fixed, got ${args.temperature}${learnTemperature ? ", learned" : ""}`,
      );
    }
    this.rng = createRng(this.#args.seed);
  }

  /** P, how many numbers of the input belong to one variable. */
  get inputsPerVariable(): number {
    const { categories, relaxation } = this.#args;
    return relaxation === "igr" ? 2 * (categories - 1) : categories;
  }

  /** The current temperature, `[]`, `[1]` (shared) or `[N]` (per variable): a new tensor. */
  get temperature(): tf.Tensor {
    return this.#logTemperature ? tf.exp(this.#logTemperature.read()) : tf.scalar(this.#args.temperature);
  }

  override build(inputShape: Shape | Shape[]): void {
    const variables = this.#variablesOf(inputShape as Shape);
    const { learnTemperature, temperature } = this.#args;
    if (learnTemperature !== false) {
      const initial = { apply: (shape: number[]) => tf.fill(shape, Math.log(temperature)) };
      const size = learnTemperature === "shared" ? 1 : variables;
      this.#logTemperature = this.addWeight("logTemperature", [size], "float32", initial as never);
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = inputShape as Shape;
    return [...shape.slice(0, -1), this.#variablesOf(shape) * this.#args.categories];
  }

  override call(inputs: tf.Tensor | tf.Tensor[], { training = false }: { training?: boolean } = {}): tf.Tensor {
    return tf.tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
      const outer = x.shape.slice(0, -1);
      const parameters = tf.reshape(x, [...outer, this.#variablesOf(x.shape), this.inputsPerVariable]);
      const relaxed = this.#distribution(parameters);
      const { hard, inference, categories } = this.#args;
      const z =
        training || inference === "sample"
          ? relaxed.sample(this.rng, [], { hard })
          : relaxed instanceof IGR
            ? relaxed.discreteProbs()
            : tf.softmax(parameters);
      return tf.reshape(z, [...outer, this.#variablesOf(x.shape) * categories]);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { delta, ...args } = this.#args;
    return { ...super.getConfig(), ...args, ...(delta === undefined ? {} : { delta }) };
  }

  #distribution(parameters: tf.Tensor): RelaxedDistribution {
    const { temperature } = this;
    const { relaxation, transform, delta } = this.#args;
    if (relaxation === "gumbel-softmax") return new Concrete({ logits: parameters, temperature });
    const [loc, logScale] = tf.split(parameters, 2, -1) as [tf.Tensor, tf.Tensor];
    return new IGR({ loc, scale: tf.exp(logScale), temperature, transform, delta });
  }

  #variablesOf(shape: Shape): number {
    const size = shape.at(-1) ?? 0;
    if (shape.length < 2 || size < 1 || size % this.inputsPerVariable !== 0) {
      throw new RangeError(
        `RelaxedCategoricalLayer: the input must be of shape [batch, ..., N * ${this.inputsPerVariable}] (${this.inputsPerVariable} numbers for each variable), got [${shape}]`,
      );
    }
    return size / this.inputsPerVariable;
  }
}

tf.serialization.registerClass(RelaxedCategoricalLayer);
