import { Redis, type RedisOptions } from "ioredis";
import { InputError } from "../../input-error.js";

/** Timeout for the first answer of a queue, in milliseconds. */
const TIMEOUT = 5000;

/** Remedies for errors, by their code or the first word of their message. */
const remedies: Readonly<Record<string, string>> = {
  NOAUTH: "it needs a password: redis://:password@host:port",
  WRONGPASS: "the name or the password is wrong",
  NOPERM: "this user has no permission",
  ERR: "it answers, but does not support the queue",
};

/**
 * A connection to the Redis at an address, `redis://host:6379/0` or `rediss://` for TLS. The connection has been
 * verified. If it is lost later, it reconnects without a time limit, and commands wait.
 * @throws InputError for another kind of address, or if no Redis answers there.
 */
export async function connectRedis(address: string): Promise<Redis> {
  checkAddress(address);
  const probe = new Redis(address, {
    ...common,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // `connect` rejects only with "Connection is closed."; an event has the reason.
  let reason: unknown;
  probe.on("error", (error: unknown) => {
    reason = error;
  });
  try {
    await within(
      TIMEOUT,
      probe.connect().then(() => probe.ping()),
    );
  } catch (error) {
    throw unreachable(address, reason ?? error);
  } finally {
    probe.disconnect();
  }
  const redis = new Redis(address, { ...common, maxRetriesPerRequest: null, retryStrategy: waitBeforeRetry });
  // Without a listener an error would end the process; those who use the connection add their own.
  redis.on("error", () => {});
  return redis;
}

const common: RedisOptions = { connectTimeout: TIMEOUT };

function waitBeforeRetry(times: number): number {
  return Math.min(100 * 2 ** times, 2000);
}

/** An address without its password. */
export function shownAddress(address: string): string {
  return address.replace(/\/\/[^@/]*@/, "//");
}

function checkAddress(address: string): void {
  let url: URL | undefined;
  try {
    url = new URL(address);
  } catch {}
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === "") {
    throw new InputError(
      `--queue must be the address of a Redis, such as redis://localhost:6379, got "${shownAddress(address)}"`,
    );
  }
}

function unreachable(address: string, error: unknown): InputError {
  const { code, message } = error as NodeJS.ErrnoException;
  const what = code ?? message;
  const remedy = remedies[message.split(" ")[0] ?? ""] ?? "start redis-server there, or give another --queue";
  return new InputError(`the queue ${shownAddress(address)} can't be reached (${what}): ${remedy}`, { cause: error });
}

function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds / 1000} s`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
