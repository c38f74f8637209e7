import type { EpochLog } from "@igr/models";
import { expect, test } from "vitest";
import { resolveConfiguration } from "../configuration/resolve.js";
import { resultTable } from "./result-table.js";

function log(epoch: number, elbo: number): EpochLog {
  return { epoch, train: { elbo }, validation: { elbo } } as EpochLog;
}

test("a longer run that counts for a shorter one is shown whole: its epochs, its validation ELBO and its measures", () => {
  const configuration = resolveConfiguration({ epochs: 1 });
  const measures = { epochs: 3, measuredEpoch: 3, values: { elbo: { value: -101, unit: "nats" as const } } };
  const record = {
    id: "0".repeat(16),
    configuration: resolveConfiguration({ epochs: 3 }),
    epochs: [log(1, -200), log(2, -150), log(3, -100)],
    measures: [measures],
    pictures: [],
  };
  const group = { labels: { model: "IGR" }, configurations: [configuration] };
  const table = resultTable("t", "T", ["elbo"], [{ group, runs: [{ configuration, record, measures }] }]);
  const [row] = table.rows;
  expect([row?.validation?.text, row?.elbo?.text, row?.epochs?.text]).toEqual(["-100.0", "-101.0", "3"]);
});
