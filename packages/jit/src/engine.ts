import * as tf from "@tensorflow/tfjs-core";

/** The engine's record of the memory behind a tensor. */
export interface TensorData {
  backend: tf.KernelBackend;
  readonly dtype: tf.DataType;
  readonly shape: number[];
}

/** An op that the gradient tape recorded. */
export interface TapeNode {
  readonly inputs: tf.NamedTensorMap;
  readonly outputs: readonly tf.Tensor[];
  readonly saved: readonly tf.Tensor[];
}

/**
 * The part of tfjs' engine that a tracer needs. Everything below `state` is not public in tfjs;
 * test/tfjs-contract.test.ts pins the parts that are used, so an upgrade that changes them fails there.
 */
export interface Engine {
  backendName: string;
  backendInstance: tf.KernelBackend;
  readonly backend: tf.KernelBackend;
  readonly registryFactory: Readonly<Record<string, unknown>>;
  readonly state: {
    readonly registeredVariables: Readonly<Record<string, tf.Variable>>;
    readonly tensorInfo: WeakMap<object, TensorData>;
    readonly scopeStack: readonly { readonly name: string }[];
    gradientDepth: number;
    /** Above 0 while a kernel runs, whose inner ops are not on the tape. */
    kernelDepth: number;
    profiling: boolean;
    activeTape: TapeNode[] | null;
  };
  registerBackend(name: string, factory: () => tf.KernelBackend, priority: number): boolean;
  findBackend(name: string): tf.KernelBackend;
  makeTensorFromTensorInfo(info: tf.TensorInfo, backend: tf.KernelBackend): tf.Tensor;
  makeVariable(initialValue: tf.Tensor, trainable?: boolean, name?: string, dtype?: tf.DataType): tf.Variable;
  keep<T extends tf.Tensor>(tensor: T): T;
  trackTensor(tensor: tf.Tensor, backend: tf.KernelBackend): void;
  disposeTensor(tensor: tf.Tensor): void;
  tidy<T>(name: string, run: () => T): T;
  /** The gradients of the scalar that `f` returns; null for a tensor that it does not depend on, if that is allowed. */
  gradients(
    f: () => tf.Tensor,
    xs: readonly tf.Tensor[],
    dy: tf.Tensor | null,
    allowNoGradients: boolean,
  ): { readonly grads: readonly (tf.Tensor | null | undefined)[] };
  /** Runs an op with a gradient of its own. `backwardsFunc` receives one tensor where there is one output. */
  runKernelFunc(op: {
    readonly forwardFunc: () => tf.Tensor[];
    readonly backwardsFunc: (dys: tf.Tensor | tf.Tensor[]) => Readonly<Record<string, () => tf.Tensor>>;
    readonly inputs: Readonly<Record<string, tf.Tensor>>;
  }): tf.Tensor[];
}

/** The single engine of tfjs, shared by all packages of the process. */
export function engine(): Engine {
  return tf.engine() as unknown as Engine;
}

/** The instance of one of our backends, registered at first use. With priority 0 tfjs never selects it on its own. */
export function ownBackend<B extends tf.KernelBackend>(name: string, create: () => B): B {
  const { registryFactory } = engine();
  if (!(name in registryFactory)) engine().registerBackend(name, create, 0);
  return engine().findBackend(name) as B;
}

/**
 * Gives a variable or kept tensor other memory. tfjs' `assign` would count the reference on the active backend instead.
 * The reference to the old memory is released; `backend` already counts one for the new memory.
 */
export function rebind(variable: tf.Tensor, dataId: object, backend: tf.KernelBackend): void {
  engine().disposeTensor(variable);
  variable.dataId = dataId;
  engine().trackTensor(variable, backend);
}
