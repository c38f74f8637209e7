import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";

/** A server on this machine, for one test. */
export interface TestServer {
  /** `http://127.0.0.1:PORT/` */
  readonly url: string;
  /** All requests so far, as "METHOD path range". */
  readonly requests: string[];
}

/** Answers request number `count`, from 0. */
export type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** Starts a server, which stops after the test. */
export async function startServer(handler: Handler): Promise<TestServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.url} ${request.headers.range ?? "whole"}`);
    handler(request, response, requests.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests };
}

/** Options of {@link serve}. */
export interface ServeOptions {
  /** Closes the connection after this many bytes of the body. */
  readonly cutAfter?: number;
  readonly etag?: string;
}

/** Answers as a good server does: the part asked for, if the condition on its version holds. */
export function serve(
  request: IncomingMessage,
  response: ServerResponse,
  body: Uint8Array,
  { cutAfter, etag = '"1"' }: ServeOptions = {},
): void {
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
  const isSame = (request.headers["if-range"] ?? etag) === etag;
  const start = range !== null && isSame ? Number(range[1]) : 0;
  if (start >= body.length && range !== null) {
    response.writeHead(416).end();
    return;
  }
  const part = body.subarray(start);
  response.writeHead(range !== null && isSame ? 206 : 200, {
    etag,
    "content-length": part.length,
    ...(range !== null && isSame ? { "content-range": `bytes ${start}-${body.length - 1}/${body.length}` } : {}),
  });
  if (cutAfter === undefined || cutAfter >= part.length) response.end(part);
  // An empty first write would leave the head in the buffer, and a cut before the head is another case.
  else response.write(part.subarray(0, cutAfter), () => response.socket?.destroy());
}
