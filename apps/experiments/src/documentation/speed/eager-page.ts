import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Machine, machineInWords } from "../../machine.js";
import { type DocumentationFile, Page } from "../page.js";
import { plainTable } from "../plain-table.js";
import { milliseconds, type Quantiles } from "./times.js";

/** What bench/eager.mjs measured. */
interface EagerReport {
  readonly date: string;
  readonly machine: Machine;
  /** Load of the machine at the end. */
  readonly load: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly {
    readonly operation: string;
    readonly wasm: Quantiles;
    readonly cpu: Quantiles;
    readonly torch: Quantiles;
  }[];
}

/** docs/results/eager.md: operations of @igr/core without a compiler, beside PyTorch. */
export function eagerPage(docs: string): DocumentationFile[] {
  const file = join(docs, "results", "eager.json");
  const { date, machine, load, versions, rows } = JSON.parse(readFileSync(file, "utf8")) as EagerReport;
  const both = ({ minimum, median }: Quantiles) => `${milliseconds(median)} (${milliseconds(minimum)})`;
  const known = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return new Page("results/eager.md", "figures")
    .add(
      "# @igr/core without a compiler",
      [
        "Written by `npm run docs:results` from [eager.json](eager.json), which `node bench/eager.mjs` measures: one operation on [64, 30] variables with 10 categories,",
        "from its parameters to numbers in JavaScript, on one thread of tfjs' wasm and cpu backends and of PyTorch. The engines alternate; medians in ms, with minima in",
        "brackets. All engines give the same numbers, but for draws.",
      ].join("\n"),
      plainTable(
        ["operation", "wasm", "cpu", "PyTorch", "wasm / PyTorch"],
        rows.map(({ operation, wasm, cpu, torch }) => [
          operation,
          both(wasm),
          both(cpu),
          both(torch),
          `${(wasm.median / torch.median).toFixed(2)}x`,
        ]),
      ),
      "PyTorch has no discreteProbs; in its column stands a plain rule of 192 Gauss-Hermite points for each category.",
      `${machineInWords(machine)}, ${date}, ${known.join(", ")}, load ${load.toFixed(1)} at the end.`,
    )
    .files();
}
