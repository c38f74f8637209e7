import { readFileSync } from "node:fs";
import * as bijectors from "@igr/bijectors";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { evaluate, judge, type StabilityRow } from "../scripts/stability.mjs";
import * as core from "../src/index.js";

const { rows }: { rows: StabilityRow[] } = JSON.parse(
  readFileSync(new URL("./fixtures/stability.json", import.meta.url), "utf8"),
);
const quantities = [...new Set(rows.map(({ quantity }) => quantity))];

test.each(quantities)("%s: no wrong entry in the stability table", (quantity) => {
  const wrong = rows
    .filter((row) => row.quantity === quantity)
    .map((row) => ({ row, value: evaluate({ tf, core, bijectors }, row) }))
    .map(({ row, value }) => ({ ...row, value, ...judge(row, value) }))
    .filter(({ verdict }) => verdict !== "right" && verdict !== "limit")
    .map(({ torch, tfp, ...row }) => JSON.stringify(row));
  expect(wrong).toEqual([]);
});
