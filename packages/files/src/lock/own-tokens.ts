const KEY = Symbol.for("igr.ownLockTokens");

/** Tokens of the locks that this thread holds or asks for, one set for all copies of this package. */
function ownTokens(): Set<string> {
  const shared = globalThis as { [KEY]?: Set<string> };
  shared[KEY] ??= new Set();
  return shared[KEY];
}

export function isOwnToken(token: string): boolean {
  return ownTokens().has(token);
}

export function addOwnToken(token: string): void {
  ownTokens().add(token);
}

export function removeOwnToken(token: string): void {
  ownTokens().delete(token);
}
