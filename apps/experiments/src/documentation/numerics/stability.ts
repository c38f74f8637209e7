import { capitalized, percent, plainTable } from "../plain-table.js";
import type { KeptValue, Library, StabilityResults, StabilityRow } from "./results.js";

const libraries: readonly Library[] = ["ours", "torch", "tfp"];
const notes: Readonly<Record<string, string>> = {
  "log-density of a draw, log space": "torch does not export its class",
  "IGR log-density of a draw, softmax++": "TFP: a logistic-normal, delta = 1",
  "planar log-determinant": "torch column: the textbook formula in torch",
  "log-density at a vertex": "no value exists: ours is the documented limit, and `validate: 'values'` throws",
};

function counts(rows: readonly StabilityRow[], library: Library): string {
  const verdicts = rows.flatMap((row) => row[library]?.verdict ?? []);
  const number = (verdict: string) => verdicts.filter((each) => each === verdict).length;
  const parts = ["right", "limit", "wrong", "infinite", "NaN", "refused"]
    .filter((verdict) => number(verdict) > 0)
    .map((verdict) => `${number(verdict)} ${verdict}`);
  return parts.join(", ");
}

function worst(rows: readonly StabilityRow[]): string {
  const errors = rows.map(({ ours }) => ours.error).filter((error) => typeof error === "number");
  return errors.length > 0 ? Math.max(...errors).toExponential(1) : "";
}

/** The summary of docs/numerics.md. */
export function stabilitySection({ versions, tolerance, rows, shares }: StabilityResults): string {
  const quantities = [...new Set(rows.map(({ quantity }) => quantity))];
  const versionText = Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
  return `## Stability in float32

${rows.length} rows: temperatures from 1e-3 to 10, logits (or locs) up to +-1e3, 2, 10 and 1,000 categories, and z at a vertex. The reference is computed with
mpmath at 60 digits, peers with ${versionText}, all in float32 on a CPU. An entry is right within ${tolerance.others} of the sum of the magnitudes that are added
up (${tolerance.sticks} for eq 24); "worst" is ours on that scale. Every row with its values: [results/stability.md](results/stability.md).

${plainTable(
  ["quantity", "rows", "ours", "ours, worst", "torch", "TFP", ""],
  quantities.map((quantity) => {
    const of = rows.filter((row) => row.quantity === quantity);
    return [
      quantity,
      `${of.length}`,
      counts(of, "ours"),
      worst(of),
      counts(of, "torch"),
      counts(of, "tfp"),
      notes[quantity] ?? "",
    ];
  }),
)}

Densities of a draw: each library scores the draw that it makes of the same noise. On the simplex a draw of a peer has been rounded before it is scored; ours is
scored from its noise (\`sampleAndLogProb\`) or from log z (\`logProbFromLog\`). Inverses undo the library's own output; ours goes through
\`forwardLog\` and \`inverseFromLog\`. Stick-breaking arguments are shifted for the peers, whose maps subtract log(number of sticks left).

Of 10,000 draws of its own, the share whose density is NaN or infinite (torch and TFP: of the simplex-valued class, after a copy of the draw, since TFP remembers what the very
tensor was made of; ours: \`sampleLog\` and \`logProbFromLog\`), and the share that torch's check of the simplex rejects:

${plainTable(
  ["temperature", "categories", "ours", "torch", "TFP", "torch's check rejects"],
  shares.map((share) => [
    `${Number(share.temperature.toPrecision(3))}`,
    `${share.categories}`,
    percent(share.oursNotFinite),
    percent(share.torchNotFinite),
    percent(share.tfpNotFinite),
    percent(share.torchRefused),
  ]),
)}`;
}

function short(value: KeptValue): string {
  if (typeof value === "object") return value.map(short).join(", ");
  const number = Number(value);
  return Number.isFinite(number) ? `${Number(number.toPrecision(7))}` : `${value}`;
}

/** docs/results/stability.md: every row, by quantity. */
export function stabilityPage({ rows }: StabilityResults): string {
  const quantities = [...new Set(rows.map(({ quantity }) => quantity))];
  const sections = quantities.map((quantity) => {
    const of = rows.filter((row) => row.quantity === quantity);
    const used = libraries.filter((library) => of.some((row) => row[library]));
    const inputs = Object.keys(of[0]?.inputs ?? {});
    const cell = (row: StabilityRow, library: Library) => {
      const { value = "", verdict } = row[library] ?? { verdict: "right" };
      return verdict === "right" ? short(value) : `${short(value)} **${verdict}**`;
    };
    return `## ${capitalized(quantity)}

${plainTable(
  [...inputs, "float64", ...used],
  of.map((row) => [
    ...inputs.map((key) => short(row.inputs[key] ?? "")),
    short(row.exact),
    ...used.map((library) => cell(row, library)),
  ]),
)}`;
  });
  return `# Stability in float32, every row

Written by \`npm run docs:results\` from [stability.json](stability.json), which \`npm run docs:numerics\` measures; summary and rules in [numerics.md](../numerics.md#stability-in-float32). Cells without a word are right. Several numbers in a cell are the coordinates 0, 1, K/2 and K-1 of a vector.

${sections.join("\n\n")}`;
}
