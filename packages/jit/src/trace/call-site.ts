/**
 * The folder of this package's files. Not new URL("..", import.meta.url), which bundlers would treat as a file to
 * include. In a bundle the whole site counts as this package, so there is no call site instead of a wrong one.
 * Undefined in bundles that are scripts or CommonJS, which have no address.
 */
function ownFolder(): string | undefined {
  const { url } = import.meta as { readonly url?: string };
  return url?.replace(/[^/]*\/[^/]*$/, "").replace("file://", "");
}

/** Frames of tfjs, of libraries on top of it and of the JavaScript engine, which do not help the reader of an error. */
const FOREIGN =
  /@tensorflow[/+]|node_modules[/\\]@igr[/\\]|[/\\]tfjs-(core|layers|data|converter|node|backend-\w+)[/\\@]|[/\\]tf(js)?(-[\w-]+)?(\.min)?\.js|node:internal|<anonymous>/;

/** Deep enough to reach the program through the layers of tfjs-layers and the gradient tape. */
const STACK_DEPTH = 80;

/**
 * Remembers where it is called from. The text of the stack is formatted only when needed: a trace calls this for each
 * kernel, and formatting a stack costs more than recording it.
 */
export function captureCallSite(): () => string | undefined {
  const depth = Error.stackTraceLimit;
  Error.stackTraceLimit = STACK_DEPTH;
  const error = new Error();
  Error.stackTraceLimit = depth;
  let site: string | undefined;
  let known = false;
  return () => {
    if (!known) {
      site = firstOwnFrame(error.stack ?? "");
      known = true;
    }
    return site;
  };
}

/** The first frame of a stack that lies outside tfjs and this package, as `function (file:line:column)`. */
export function firstOwnFrame(stack: string): string | undefined {
  const own = ownFolder();
  if (own === undefined) return undefined;
  for (const line of stack.split("\n")) {
    const frame = /^\s*at (.*)$/.exec(line)?.[1] ?? /^(.*@.*:\d+:\d+)$/.exec(line)?.[1];
    if (frame === undefined) continue;
    const isTest = /\.test\.[cm]?[jt]s/.test(frame);
    if (isTest || !(frame.includes(own) || FOREIGN.test(frame))) return frame;
  }
  return undefined;
}
