/**
 * Lets timers, signals and the page's events run. Awaiting a tensor of a backend that computes synchronously does not:
 * it resolves in a microtask, and a training loop of those would never see an interrupt.
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
 * A function for a loop to call at each of its steps, as short as they may be: it gives the event loop a turn where that has had
 * none for 20 ms.
 */
export function eventLoopPauses(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < 20) return;
    await eventLoopTurn();
    last = performance.now();
  };
}
