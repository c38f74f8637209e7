import { expect, test } from "vitest";
import { eventLoopTurn } from "./event-loop-turn.js";

test("lets a due timer run, unlike a microtask", async () => {
  let ran = false;
  setTimeout(() => {
    ran = true;
  }, 0);
  await Promise.resolve();
  expect(ran).toBe(false);
  // Timers of 0 ms are due after 1 ms.
  while (!ran) await eventLoopTurn();
});

test("works without setImmediate, as in browsers", async () => {
  const { setImmediate } = globalThis;
  Reflect.deleteProperty(globalThis, "setImmediate");
  try {
    await eventLoopTurn();
  } finally {
    globalThis.setImmediate = setImmediate;
  }
});
