import * as tf from "@tensorflow/tfjs-core";
import { type Engine, engine, rebind } from "../engine.js";
import { JitError, TraceError } from "../errors.js";
import type { ConstantData, Value } from "../ir/graph.js";
import type { Program, ProgramState } from "../ir/program.js";
import type { LoweringOptions } from "../kernels/lowering.js";
import { captureCallSite } from "./call-site.js";
import { withCategoryEncoding } from "./category-encoding.js";
import { withRightGradients } from "./gradients.js";
import { KeepWatch, type KeptTensor } from "./keep-watch.js";
import type { SettingInput } from "./optimizer-settings.js";
import { OptimizerWatch, type TracedOptimizer } from "./optimizer-watch.js";
import { refusePromises } from "./promises.js";
import { withRandomGuard } from "./random-guard.js";
import type { DrawPlan, RandomSource } from "./random-source.js";
import { withRecurrentLoops } from "./recurrent-layers.js";
import { type StateOwner, trainableOf } from "./state-owner.js";
import { type FlatTree, flatten, type TensorTree } from "./structure.js";
import { elementTypeOf, Trace } from "./trace.js";
import { TRACE_BACKEND, TraceBackend } from "./trace-backend.js";
import { registerKernels } from "./trace-kernels.js";

/** Shape and dtype of one argument. */
export interface ArgumentType {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}

/** The result of running a function once on traced tensors. */
export interface TraceResult {
  readonly program: Program;
  /** The owners of `program.states`. */
  readonly owners: readonly StateOwner[];
  /**
   * The variables and then the kept tensors of `program.created`. They have no values until the program has run. The
   * slots of tf.train's optimizers are not among them: they have their initial values at once, and are states.
   */
  readonly createdVariables: readonly tf.Variable[];
  /** The tensors that the function kept (tf.keep), which outlive the trace. */
  readonly kept: readonly KeptTensor[];
  /** Gives `createdVariables` their initial values, if these are constants, for a program that could not run. */
  resetCreated(): void;
  readonly plan: DrawPlan;
  /** The sources of `program.settings`. */
  readonly settings: readonly SettingInput[];
  /** For each state, whether it is a variable that optimizers train; undefined for kept tensors. */
  readonly trainable: readonly (boolean | undefined)[];
  /** The optimizers that the function uses. */
  readonly optimizers: readonly TracedOptimizer[];
  /** Structure of the function's result. */
  readonly result: FlatTree;
}

export interface TraceOptions extends LoweringOptions {
  readonly rng: RandomSource | undefined;
  /** Makes kept tensors from outside state inputs instead of constants; false by default. */
  readonly adoptsKept?: boolean;
  /** The settings of tfjs' optimizers that become inputs. By default they are constants. */
  readonly isInput?: (optimizer: object, setting: string) => boolean;
  /** Whether recurrent layers become Scan nodes; false by default, which unrolls them. */
  readonly loops?: boolean;
}

/** @throws TraceError while a function is being traced. That trace then fails too, even if the error is caught. */
export function refuseInsideTrace(): void {
  TraceBackend.instance().trace?.fail(
    new TraceError(
      "jit: a compiled function cannot be called inside another one, where its promise can't be awaited; call the plain function there",
      { callSite: captureCallSite()() },
    ),
  );
}

/**
 * Runs `fn` once on symbols and records the graph. Variables are afterwards as they were, whatever `fn` assigned;
 * those that `fn` made exist and wait for their numbers.
 */
export function traceFunction(
  fn: (...args: never[]) => TensorTree,
  argumentTree: FlatTree,
  types: readonly ArgumentType[],
  options: TraceOptions,
): TraceResult {
  const backend = TraceBackend.instance();
  if (backend.trace) throw new JitError("jit: a function cannot be compiled inside another one that is being traced");
  registerKernels(backend);
  const trace = new Trace(options, options.rng, options.adoptsKept);
  const inputs = types.map(({ shape, dtype }, i) =>
    trace.builder.input(elementTypeOf(dtype, `argument ${i}`), shape, `argument_${i}`),
  );
  return withBackend(backend, trace, () => {
    const variables = new VariableSwap(backend, trace);
    const watch = new OptimizerWatch({
      isInput: options.isInput ?? (() => false),
      input: (name) => trace.builder.input("float32", [], name),
      tensor: (value, origin) => backend.tensor(value, origin),
    });
    backend.settingFor = (number) => watch.inputFor(number);
    const keeping = new KeepWatch(backend);
    const withLoops = <T>(run: () => T) => (options.loops ? withRecurrentLoops(backend, run) : run());
    let traced = false;
    try {
      const result = engine().tidy("jit", () => {
        const args = argumentTree.rebuild(inputs.map((value, i) => backend.tensor(value, `argument ${i}`)));
        const tree = withRightGradients(backend, () =>
          withCategoryEncoding(backend, () =>
            withLoops(() => withRandomGuard(trace, backend, () => fn(...(args as never[])))),
          ),
        );
        refusePromises(tree, trace.failure);
        if (trace.failure) throw trace.failure;
        const flat = flatten(tree, "the result");
        const results = flat.tensors.map((tensor) => trace.builder.output(backend.valueFor(tensor, "the result")));
        keeping.noteResults(flat.tensors);
        // Without the tensors, which tidy would otherwise keep.
        return { flat: { ...flat, tensors: [] }, results };
      });
      const { states, owners, created, createdVariables } = variables.collect(trace);
      const kept = keeping.collect(trace);
      traced = true;
      return {
        program: {
          graph: trace.builder.finish(),
          arguments: inputs,
          noise: trace.noise,
          settings: watch.settings.map(({ value }) => value),
          states,
          created: [...created, ...kept.map(({ output }) => output)],
          results: result.results,
        },
        owners,
        createdVariables,
        kept,
        resetCreated: () => variables.resetCreated(trace),
        plan: trace.plan,
        settings: watch.settings,
        trainable: owners.map(trainableOf),
        optimizers: watch.optimizers,
        result: result.flat,
      };
    } finally {
      variables.restore();
      watch.restore();
      backend.settingFor = undefined;
      keeping.restore();
      if (!traced) {
        disposeTape();
        variables.resetCreated(trace);
      }
    }
  });
}

interface SwappedVariable {
  readonly original: object;
  readonly placeholder: object;
  /** The initial value of a variable that the trace made. */
  readonly constant?: ConstantData;
}

/** Replaces the memory of all variables by placeholders, and restores it. */
class VariableSwap {
  readonly #swapped = new Map<tf.Variable, SwappedVariable>();

  /** Variables created during the trace, with their initial values if known. */
  readonly #created = new Map<tf.Variable, ConstantData | undefined>();

  constructor(
    readonly backend: TraceBackend,
    trace: Trace,
  ) {
    const tfjs = engine();
    const makeVariable = tfjs.makeVariable.bind(tfjs);
    tfjs.makeVariable = (initialValue, ...rest) => {
      backend.acceptUnseeded(initialValue);
      const variable = makeVariable(initialValue, ...rest);
      const constant = backend.constantOf(variable);
      // An optimizer's slot: with its initial value it is a state of this very graph, which the next calls repeat.
      if (constant !== undefined && !variable.trainable) this.#hold(variable, constant, trace);
      else this.#created.set(variable, constant);
      return variable;
    };
    for (const variable of Object.values(engine().state.registeredVariables)) {
      if (variable.dtype === "string" || variable.dtype === "complex64") continue;
      const original = variable.dataId;
      const placeholder = backend.variablePlaceholder(variable);
      variable.dataId = placeholder;
      this.#swapped.set(variable, { original, placeholder });
    }
  }

  /** The state that the trace reads or writes, as parts of the program. */
  collect(trace: Trace) {
    const states: ProgramState[] = [];
    const owners: StateOwner[] = [];
    for (const [variable, { constant }] of this.#swapped) {
      const input = trace.stateInputs.get(variable);
      if (!variable.isDisposed || input === undefined) continue;
      if (constant === undefined) {
        throw new TraceError(
          `jit: the function reads the variable ${variable.name} and disposes it, so that no second call could; dispose it outside`,
        );
      }
      trace.stateInputs.delete(variable);
      trace.builder.freeze(input, constant);
    }
    // In tfjs' order, in which the next trace finds the variables that this one made.
    for (const variable of Object.values(engine().state.registeredVariables)) {
      const swapped = this.#swapped.get(variable);
      if (swapped === undefined) continue;
      const { placeholder } = swapped;
      const isAssigned = variable.dataId !== placeholder;
      if (!isAssigned && !trace.stateInputs.has(variable)) continue;
      const input = trace.stateInput(variable);
      const output = isAssigned ? trace.builder.output(this.backend.valueFor(variable, "assign")) : undefined;
      states.push({ name: variable.name, input, output });
      owners.push(variable);
    }
    for (const [cell, input] of trace.keptInputs) {
      states.push({ name: input.name, input, output: undefined });
      owners.push(cell);
    }
    const createdVariables = [...this.#created.keys()].filter((variable) => !variable.isDisposed);
    const created: Value[] = createdVariables.map((variable) =>
      trace.builder.output(this.backend.valueFor(variable, `variable ${variable.name}`)),
    );
    return { states, owners, created, createdVariables };
  }

  /** Gives a variable that the trace made its initial value, to be read as those from outside. */
  #hold(variable: tf.Variable, constant: ConstantData, trace: Trace): void {
    const original = this.backend.constantData(trace, constant, variable);
    rebind(variable, original, this.backend);
    const placeholder = this.backend.variablePlaceholder(variable);
    variable.dataId = placeholder;
    this.#swapped.set(variable, { original, placeholder, constant });
  }

  /** Restores the memory of the variables. */
  restore(): void {
    // The own property shadows the method of tfjs' class.
    delete (engine() as Partial<Engine>).makeVariable;
    for (const [variable, { original, placeholder }] of this.#swapped) {
      const { backend } = engine().state.tensorInfo.get(original)!;
      if (variable.isDisposed) backend.disposeData(original);
      else if (variable.dataId === placeholder) variable.dataId = original;
      else rebind(variable, original, backend);
      this.backend.forget(placeholder);
    }
  }

  resetCreated(trace: Trace): void {
    for (const [variable, constant] of this.#created) {
      if (variable.isDisposed || constant === undefined) continue;
      rebind(variable, this.backend.constantData(trace, constant, variable), this.backend);
    }
  }
}

/** Makes the tracing backend tfjs' active one while `run` runs. */
function withBackend<T>(backend: TraceBackend, trace: Trace, run: () => T): T {
  const tfjs = engine();
  const outer = { name: tfjs.backendName, instance: tfjs.backend };
  // tfjs' debug mode reads every tensor.
  const debug = tf.env().getBool("DEBUG");
  if (debug) tf.env().set("DEBUG", false);
  // So does tf.profile.
  const { profiling } = tfjs.state;
  tfjs.state.profiling = false;
  tfjs.backendName = TRACE_BACKEND;
  tfjs.backendInstance = backend;
  backend.trace = trace;
  try {
    return run();
  } finally {
    backend.trace = undefined;
    tfjs.backendName = outer.name;
    tfjs.backendInstance = outer.instance;
    if (debug) tf.env().set("DEBUG", true);
    tfjs.state.profiling = profiling;
  }
}

/** Disposes the tensors that a gradient function saved before it threw. */
function disposeTape(): void {
  const { state } = engine();
  if (state.gradientDepth > 0) return;
  for (const { saved } of state.activeTape ?? []) for (const tensor of saved) tensor.dispose();
  state.activeTape = null;
}
