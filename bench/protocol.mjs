import { createInterface } from "node:readline";

/**
 * The JavaScript half of bench/peers/protocol.py: answers requests of bench/step.mjs, one JSON line each.
 * Besides times, an answer has the losses of its steps and the largest resident memory of the process so far.
 * `makeSteps`: {variant: function that builds and resolves to step(k) -> loss}.
 */
export async function serve(versions, makeSteps) {
  const steps = {};
  const done = {};
  const answer = (value) => {
    const peakMiB = process.resourceUsage().maxRSS / 1024;
    process.stdout.write(`${JSON.stringify({ ...value, peakMiB })}\n`);
  };
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
      const losses = [];
      for (let i = 0; i < count; i++) {
        const begin = performance.now();
        losses.push(await steps[variant](done[variant]++));
        ms.push(performance.now() - begin);
      }
      answer({ ms, losses, loss: losses.at(-1), total: performance.now() - start });
    } catch (error) {
      answer({ error: String(error?.message ?? error).split("\n")[0] });
    }
  }
}
