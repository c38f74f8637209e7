import { TraceError } from "../errors.js";

/** The function returned promises: it is asynchronous, so a trace sees only its beginning. */
export class PromisedResultError extends TraceError {
  override readonly name = "TraceError";

  constructor(
    message: string,
    readonly promises: readonly PromiseLike<unknown>[],
    cause?: unknown,
  ) {
    super(message, cause === undefined ? {} : { cause });
  }
}

/** How long to wait for the reason of a rejected promise. */
const PATIENCE_MS = 100;

const AFTER_THE_TRACE =
  "it goes on after an await, when the trace is over and the tensors that it was traced with are gone";

const REMEDY =
  "for functions such as model.trainOnBatch and model.fit compile the step itself: " +
  "optimizer.minimize(() => loss(y, model.apply(x, { training: true })), true)";

/**
 * @param failure The error of the trace, if any: a promise that waits for it never settles.
 * @throws PromisedResultError if a function's result is or contains promises, whose rejections are handled from then
 * on.
 */
export function refusePromises(result: unknown, failure?: Error): void {
  const promises = promisesIn(result);
  if (promises.length === 0) return;
  // Nobody else handles them, and an unhandled rejection would end the process.
  for (const { promise } of promises) promise.then(undefined, () => {});
  throw new PromisedResultError(
    `jit: ${promises[0]!.path} is a promise; a compiled function must be synchronous and return tensors`,
    promises.map(({ promise }) => promise),
    failure,
  );
}

/** The error, with the reasons of the rejected promises and with what to write instead. */
export async function withReason(error: unknown): Promise<unknown> {
  if (!(error instanceof PromisedResultError)) return error;
  const reason = error.cause ?? (await firstReason(error.promises));
  const because = reason === undefined ? "" : `; it was rejected: ${inWords(reason)}`;
  return new PromisedResultError(`${error.message}${because}\n${REMEDY}`, error.promises, reason);
}

function promisesIn(tree: unknown, path = "the result"): { promise: PromiseLike<unknown>; path: string }[] {
  if (isPromise(tree)) return [{ promise: tree, path }];
  if (Array.isArray(tree)) return tree.flatMap((item, i) => promisesIn(item, `${path}[${i}]`));
  if (typeof tree !== "object" || tree === null || Object.getPrototypeOf(tree) !== Object.prototype) return [];
  return Object.entries(tree).flatMap(([name, item]) => promisesIn(item, `${path}.${name}`));
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === "function";
}

async function firstReason(promises: readonly PromiseLike<unknown>[]): Promise<unknown> {
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS));
  const all = Promise.all(promises).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return Promise.race([all, late]);
}

function inWords(reason: unknown): string {
  const message = reason instanceof Error ? reason.message : String(reason);
  // The message of tfjs for a tensor whose memory it no longer knows.
  return /reading 'backend'|is disposed/.test(message) ? AFTER_THE_TRACE : message;
}
