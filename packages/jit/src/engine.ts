import * as tf from "@tensorflow/tfjs-core";

/** What tfjs' engine knows of the memory behind a tensor. */
export interface TensorData {
  backend: tf.KernelBackend;
  readonly dtype: tf.DataType;
  readonly shape: number[];
}

/**
 * The part of tfjs' engine that a tracer needs. Everything below `state` is not public in tfjs;
 * test/tfjs-contract.test.ts pins what is used, so that an upgrade that changes it fails there.
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
    readonly gradientDepth: number;
    profiling: boolean;
    activeTape: { readonly saved: readonly tf.Tensor[] }[] | null;
  };
  registerBackend(name: string, factory: () => tf.KernelBackend, priority: number): boolean;
  findBackend(name: string): tf.KernelBackend;
  makeTensorFromTensorInfo(info: tf.TensorInfo, backend: tf.KernelBackend): tf.Tensor;
  makeVariable(initialValue: tf.Tensor, trainable?: boolean, name?: string, dtype?: tf.DataType): tf.Variable;
  keep<T extends tf.Tensor>(tensor: T): T;
  trackTensor(tensor: tf.Tensor, backend: tf.KernelBackend): void;
  disposeTensor(tensor: tf.Tensor): void;
  tidy<T>(name: string, run: () => T): T;
}

/** tfjs' one engine, shared by all packages of the process. */
export function engine(): Engine {
  return tf.engine() as unknown as Engine;
}

/** The instance of a backend of ours, registered at first use. Priority 0: tfjs never picks it by itself. */
export function ownBackend<B extends tf.KernelBackend>(name: string, create: () => B): B {
  const { registryFactory } = engine();
  if (!(name in registryFactory)) engine().registerBackend(name, create, 0);
  return engine().findBackend(name) as B;
}

/**
 * Gives a variable or kept tensor other memory, without tfjs' `assign`, which would take the reference on the active backend.
 * The reference that it held on its old memory is given up; `backend` already counts one on the new.
 */
export function rebind(variable: tf.Tensor, dataId: object, backend: tf.KernelBackend): void {
  engine().disposeTensor(variable);
  variable.dataId = dataId;
  engine().trackTensor(variable, backend);
}
