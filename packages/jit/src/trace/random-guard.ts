import * as tf from "@tensorflow/tfjs-core";
import { engine } from "../engine.js";
import { TraceRandomnessError } from "../errors.js";
import type { AffineDraw } from "./affine-draw.js";
import { captureCallSite } from "./call-site.js";
import { DRAW_LISTENER, type DrawListener, type RandomSource } from "./random-source.js";
import type { Trace } from "./trace.js";
import type { TraceBackend } from "./trace-backend.js";

/** Random ops of tfjs that become draws from the trace's generator. */
const KINDS: Readonly<Record<string, AffineDraw["kind"]>> = {
  randomNormal: "normal",
  randomUniform: "uniform",
  truncatedNormal: "truncated normal",
};

/** The others, and those that call one of them. */
const DRAWN: ReadonlySet<string> = new Set([
  "dropout",
  "multinomial",
  "randomGamma",
  "randomStandardNormal",
  "randomUniformInt",
]);

/**
 * Runs `run` so that no randomness enters the trace unnoticed. Draws of generators become graph inputs. `Math.random`,
 * which seeds tfjs' unseeded random ops, taints the next tensor, or all following tensors if the function itself calls
 * it. A tainted tensor may become the initial value of a variable (of a layer that is built at its first use); any
 * other use is an error. The draws of tf.dropout and of tfjs' random ops become draws from the trace's own generator.
 */
export function withRandomGuard<T>(trace: Trace, backend: TraceBackend, run: () => T): T {
  const before = stateOf(trace.rng);
  const listeners = globalThis as { [DRAW_LISTENER]?: DrawListener | undefined };
  const outerListener = listeners[DRAW_LISTENER];
  const mathRandom = Math.random;
  const mathSqrt = Math.sqrt;
  listeners[DRAW_LISTENER] = {
    draw: (rng, kind, shape) => backend.tensor(trace.draw(rng, kind, shape), `rng.${kind}`),
    fork: (parent, label, child) => trace.recordFork(parent, label, child),
  };
  Math.random = () => {
    // Not 0, which tfjs treats as no seed.
    const seed = mathRandom() || 0.5;
    const kind = KINDS[opStack().at(-1) ?? ""];
    if (isInOp("dropout") && trace.rng) backend.nextWrite = "uniform draw";
    else if (kind && trace.rng) backend.nextWrite = { kind, seed, error: unseeded(true) };
    else if (opStack().at(-1) === "randomGamma" && trace.rng) {
      backend.nextWrite = { kind: "gamma", seed, error: unseeded(true), d: nextRoot(mathSqrt) };
    } else if (opStack().length > 0) backend.nextWrite = unseeded(trace.rng !== undefined);
    else backend.drawnNumber ??= unseeded(trace.rng !== undefined);
    return seed;
  };
  try {
    const result = run();
    // A number that did not become a tensor, such as a condition.
    const drawn = backend.drawnError;
    if (drawn) throw drawn;
    return result;
  } finally {
    backend.nextWrite = undefined;
    backend.drawnNumber = undefined;
    Math.random = mathRandom;
    Math.sqrt = mathSqrt;
    if (outerListener) listeners[DRAW_LISTENER] = outerListener;
    else delete listeners[DRAW_LISTENER];
    if (stateOf(trace.rng) !== before) trace.failure ??= drawnUnseen();
  }
}

/**
 * tf.randomGamma does not expose its parameter alpha. But the first square root that it takes is that of 9 d, and d
 * determines alpha.
 */
function nextRoot(sqrt: typeof Math.sqrt): () => number {
  let radicand = Number.NaN;
  Math.sqrt = (x) => {
    Math.sqrt = sqrt;
    radicand = x;
    return sqrt(x);
  };
  return () => radicand / 9;
}

function stateOf(rng: RandomSource | undefined): string {
  return rng ? JSON.stringify(rng.state()) : "";
}

/** The tfjs ops that are running, outermost first, without tfjs' suffix. */
function opStack(): string[] {
  return engine().state.scopeStack.flatMap(({ name }) =>
    name?.endsWith(tf.OP_SCOPE_SUFFIX) ? [name.slice(0, -tf.OP_SCOPE_SUFFIX.length)] : [],
  );
}

function isInOp(name: string): boolean {
  return opStack().includes(name);
}

function unseeded(hasGenerator: boolean): TraceRandomnessError {
  const ops = opStack();
  const op = ops.find((name) => /random|dropout|truncated|multinomial|rand/i.test(name)) ?? ops[0];
  const what = op ? `tf.${op} without a seed` : "Math.random";
  const isDrawn = op !== undefined && (op in KINDS || DRAWN.has(op));
  const drawYourself = "draw from a generator passed as jit's option rng, or pass the noise as an argument";
  let remedy = drawYourself;
  if (isDrawn && hasGenerator) remedy = `${op} draws from jit's option rng ${drawnNumbers(op)}; else ${drawYourself}`;
  else if (isDrawn) remedy = `pass a generator as jit's option rng, from which ${op} then draws ${drawnNumbers(op)}`;
  return new TraceRandomnessError(
    `jit: the function calls ${what}, whose numbers would be frozen into the graph; ${remedy}`,
    {
      kernel: op ?? "Math.random",
      callSite: captureCallSite()(),
    },
  );
}

/**
 * What a random op draws from a generator. The parameters of one number alone, or of integers, can't be told from what tfjs drew; how tfjs
 * makes integers can be written out.
 */
function drawnNumbers(op: string): string {
  if (op === "dropout" || op === "multinomial") return "as many numbers as it needs";
  const integers = op.startsWith("randomUniform")
    ? "tf.floor(tf.randomUniform(shape, low, high))"
    : `tf.round(tf.${op}(...))`;
  return `two or more float32 numbers at once (for integers write tf.cast(${integers}, "int32"))`;
}

function drawnUnseen(): TraceRandomnessError {
  return new TraceRandomnessError(
    "jit: the function advanced its generator without a draw that can be repeated (rng.fill or rng.bits); " +
      "use rng.normal, rng.uniform or rng.gumbel, or draw outside and pass the numbers as an argument",
  );
}
