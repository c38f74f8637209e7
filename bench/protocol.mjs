import { createInterface } from "node:readline";

/**
 * The JavaScript half of bench/peers/protocol.py: answers requests of bench/step.mjs, one JSON line each.
 * `makeSteps`: {variant: function that builds and resolves to step(k) -> loss}.
 */
export async function serve(versions, makeSteps) {
  const steps = {};
  const done = {};
  const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
  // Output of libraries must not mix with the answers.
  console.log = console.warn = console.info = (...words) => console.error(...words);
  answer({ ready: true, versions, variants: Object.keys(makeSteps) });
  for await (const line of createInterface({ input: process.stdin })) {
    const { variant, steps: count } = JSON.parse(line);
    try {
      const start = performance.now();
      if (!steps[variant]) {
        steps[variant] = await makeSteps[variant]();
        done[variant] = 0;
      }
      const ms = [];
      let loss = null;
      for (let i = 0; i < count; i++) {
        const begin = performance.now();
        loss = await steps[variant](done[variant]++);
        ms.push(performance.now() - begin);
      }
      answer({ ms, loss, total: performance.now() - start });
    } catch (error) {
      answer({ error: String(error?.message ?? error).split("\n")[0] });
    }
  }
}
