/**
 * Lets timers, signals and the page's events run. Awaiting a tensor of a synchronous backend does not: the promise
 * resolves in a microtask, so a training loop would never notice an interrupt.
 */
export function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") {
      setImmediate(resolve);
      return;
    }
    // Not setTimeout, which browsers clamp to 4 ms, nor an animation frame, which stops in a hidden tab.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/**
 * Returns a function for a loop to call at every step, however short: it yields to the event loop if the last turn was
 * more than 20 ms ago.
 */
export function eventLoopPauses(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < 20) return;
    await eventLoopTurn();
    last = performance.now();
  };
}
