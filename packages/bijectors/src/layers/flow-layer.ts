import { broadcastShapes, checkOneOf } from "@igr/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import { FlowFamily, type NormalRng } from "../trainable/flow-family.js";
import { flowFromConfig } from "../trainable/flow-from-config.js";

/** `tf.layers.Layer`'s shapes: null is the batch. */
type Shape = (number | null)[];
type LayerVariable = ReturnType<layers.Layer["addWeight"]>;

/** Options of {@link FlowLayer}, in addition to those of every tfjs layer. */
export interface FlowLayerArgs {
  /** The family of the flow, or its `config` as JSON text, as in a saved model. */
  readonly flow: FlowFamily | string;
  /** `'forward'` by default; `'inverse'` leads from data back to noise. */
  readonly direction?: "forward" | "inverse";
  /**
   * The output of the layer: `'value'` (the default), `[..., D]`; `'value-and-log-det'`, two tensors `[..., D]` and
   * `[..., 1]`; or `'log-prob'`, `[..., 1]`, the log-density of x whose image is standard normal, in nats.
   */
  readonly output?: "value" | "value-and-log-det" | "log-prob";
  /** Whether the last input is added to the flow's parameters, `[..., parameterCount]`; false by default. */
  readonly deviations?: boolean;
  /** One flow for each element; a single one, `[]`, by default. */
  readonly batchShape?: readonly number[];
  /** Generator of the initial values; `tf.randomNormal` by default. A loaded model has its own values. */
  readonly rng?: NormalRng;
  /** As in every tfjs layer. */
  readonly name?: string;
  /** As in every tfjs layer. */
  readonly trainable?: boolean;
}

/**
 * A flow R^D -> R^D as a layer of tfjs-layers: a LayersModel owns, trains, saves and loads its weights.
 *
 * Shapes: `[batch, ..., D]` to the shape that `output` names. The inputs are x, or `[x, context]` for a family with a
 * context. With `deviations` the last input is an encoder's output that is added to the weights, so that each example
 * has its own flow. Importing this module registers the class, so that `tf.loadLayersModel` finds it.
 *
 * @example
 * ```ts
 * const flow = realNVPFlow({ size: 2, depth: 4 });
 * const density = tfl.sequential();
 * density.add(new FlowLayer({ flow, direction: "inverse", output: "log-prob", inputShape: [2] }));
 * density.compile({ optimizer: "adam", loss: (_, logProb) => tf.neg(tf.mean(logProb)) });
 * await density.fit(tf.randomNormal([64, 2]), tf.zeros([64, 1]), { epochs: 1, verbose: 0 });
 * ```
 */
export class FlowLayer extends layers.Layer {
  /** The name under which tfjs saves it. */
  static readonly className = "FlowLayer";
  /** The family of the flow. */
  readonly family: FlowFamily;
  readonly #args: FlowLayerArgs;
  #parameters: Readonly<Record<string, LayerVariable>> = {};

  /** @throws RangeError for an unknown `direction`, `output` or kind of flow. */
  constructor(args: FlowLayerArgs & { readonly inputShape?: readonly number[] }) {
    super(args as ConstructorParameters<typeof layers.Layer>[0]);
    const { flow, direction = "forward", output = "value" } = args;
    checkOneOf("FlowLayer", "direction", direction, ["forward", "inverse"]);
    checkOneOf("FlowLayer", "output", output, ["value", "value-and-log-det", "log-prob"]);
    this.family = flow instanceof FlowFamily ? flow : flowFromConfig(JSON.parse(flow));
    this.#args = args;
  }

  override build(inputShape: Shape | Shape[]): void {
    const [x] = this.#shapesOf(inputShape);
    if ((x as Shape).at(-1) !== this.family.size) {
      throw new RangeError(
        `FlowLayer: the input needs ${this.family.size} coordinates on its last axis, as many as the ${this.family.name}, got shape [${x}]`,
      );
    }
    const { rng = { normal: (shape: readonly number[]) => tf.randomNormal([...shape]) }, batchShape } = this.#args;
    const initial = this.family.initial(rng, batchShape);
    this.#parameters = Object.fromEntries(
      Object.entries(initial).map(([name, value]) => [
        name,
        // The initializer that tfjs requires. The values of one flow are drawn together.
        this.addWeight(name, value.shape, "float32", { apply: () => tf.clone(value) } as never),
      ]),
    );
    tf.dispose(initial);
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    const shapes = this.#shapesOf(inputShape);
    const x = shapes[0] as Shape;
    // tfjs does not know the batch size; it is at least the size of every other batch axis.
    const batch = broadcastShapes("FlowLayer", {
      x: x.slice(0, -1).map((size) => size ?? 1),
      batchShape: this.#args.batchShape ?? [],
    });
    const outer: Shape = [x[0] ?? null, ...batch.slice(1)];
    const [value, scalar]: [Shape, Shape] = [
      [...outer, this.family.size],
      [...outer, 1],
    ];
    const { output = "value" } = this.#args;
    return output === "value" ? value : output === "log-prob" ? scalar : [value, scalar];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[] {
    return tf.tidy(() => {
      const given = Array.isArray(inputs) ? [...inputs] : [inputs];
      const x = given.shift() as tf.Tensor;
      const context = this.family.contextSize > 0 ? given.shift() : undefined;
      const deviations = this.#args.deviations ? this.family.unpack(given.shift() as tf.Tensor) : undefined;
      const parameters = Object.entries(this.#parameters).map(([name, weight]) => {
        const deviation = deviations?.[name];
        return [name, deviation ? tf.add(weight.read(), deviation) : weight.read()] as const;
      });
      const flow = this.family.bijector(Object.fromEntries(parameters), context);
      const { direction = "forward", output = "value" } = this.#args;
      if (output === "value") return flow[direction](x);
      const { value, logDet } = direction === "forward" ? flow.forwardAndLogDet(x) : flow.inverseAndLogDet(x);
      if (output === "value-and-log-det") return [value, tf.expandDims(logDet, -1)];
      const normal = tf.mul(-0.5, tf.sum(tf.add(tf.square(value), Math.log(2 * Math.PI)), -1));
      return tf.expandDims(tf.add(normal, logDet), -1);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { direction = "forward", output = "value", deviations = false, batchShape = [] } = this.#args;
    // As text, since tfjs changes the case of nested keys and writes undefined as null.
    const flow = JSON.stringify(this.family.config);
    return { ...super.getConfig(), flow, direction, output, deviations, batchShape: [...batchShape] };
  }

  /** The shape of each input. */
  #shapesOf(inputShape: Shape | Shape[]): Shape[] {
    const shapes = Array.isArray(inputShape[0]) ? (inputShape as Shape[]) : [inputShape as Shape];
    const names = [
      "x",
      ...(this.family.contextSize > 0 ? ["context"] : []),
      ...(this.#args.deviations ? ["deviations"] : []),
    ];
    if (shapes.length !== names.length) {
      throw new RangeError(`FlowLayer: inputs must be ${names.join(", ")}, got ${shapes.length}`);
    }
    return shapes;
  }
}

tf.serialization.registerClass(FlowLayer);
