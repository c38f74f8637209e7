/** Requests of the page to the training worker. */
export type Command =
  | { readonly kind: "start"; readonly relaxation: "igr" | "gumbel-softmax"; readonly seed: number }
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  | { readonly kind: "step" }
  | { readonly kind: "decode"; readonly oneHot: readonly number[] }
  | { readonly kind: "export"; readonly format: "onnx" | "safetensors" };

/** Bounds at one step, in nats per image. */
export interface Bounds {
  readonly step: number;
  /** The relaxed model's bound on the batch of the step. */
  readonly relaxed: number;
  /** The discrete model's bound on 256 test images; absent if it was not measured at this step. */
  readonly hard?: number;
}

/** Pictures of 28 x 28 numbers in [0, 1], one after the other. */
export interface Pictures {
  readonly originals: Float32Array;
  readonly reconstructions: Float32Array;
  readonly samples: Float32Array;
  /** The most probable category of each of the 30 variables for the first original. */
  readonly categories: readonly number[];
}

/** Messages of the worker. */
export type Report =
  | { readonly kind: "status"; readonly text: string }
  | { readonly kind: "bounds"; readonly bounds: Bounds; readonly millisecondsPerStep: number }
  | { readonly kind: "pictures"; readonly pictures: Pictures }
  | { readonly kind: "decoded"; readonly image: Float32Array }
  | { readonly kind: "file"; readonly name: string; readonly bytes: Uint8Array }
  | { readonly kind: "done" }
  | { readonly kind: "error"; readonly text: string };
