// The stability table: our values for the rows of packages/core/test/fixtures/stability.json, compared with those of
// PyTorch and TFP.
import { readFileSync } from "node:fs";
import { evaluate, judge, tolerance } from "../../../../packages/core/scripts/stability.mjs";
import { bijectors, core, tf } from "./libraries.mjs";

const file = new URL("../../../../packages/core/test/fixtures/stability.json", import.meta.url);

/** Every row with the three values and their verdicts, and the shares of own draws that cannot be scored. */
export function measureStability() {
  const { versions, shares, rows } = JSON.parse(readFileSync(file, "utf8"));
  return {
    versions,
    tolerance: { sticks: tolerance("draw, stick-breaking"), others: tolerance("") },
    rows: rows.map((row) => {
      const values = { ours: evaluate({ tf, core, bijectors }, row), torch: row.torch, tfp: row.tfp };
      const verdicts = Object.fromEntries(
        Object.entries(values)
          .filter(([, value]) => value !== undefined)
          .map(([library, value]) => {
            const { verdict, error } = judge(row, value);
            return [library, library === "ours" ? { value, verdict, error } : { value, verdict }];
          }),
      );
      const { quantity, exact, terms, torch, tfp, ...inputs } = row;
      return { quantity, inputs, exact, ...verdicts };
    }),
    shares: shares.map((share) => ({ ...share, oursNotFinite: notFinite(share) })),
  };
}

/** The share of 10,000 of our own draws, in log space, whose density is not finite. */
function notFinite({ temperature, categories }) {
  return tf.tidy(() => {
    const relaxed = new core.Concrete({ temperature, logits: new Array(categories).fill(0) });
    const densities = relaxed.logProbFromLog(relaxed.sampleLog(core.createRng(1), [10_000])).dataSync();
    return densities.filter((each) => !Number.isFinite(each)).length / densities.length;
  });
}
