import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolveConfiguration } from "../src/configuration/resolve.js";
import { createTracker } from "../src/tracking/create-tracker.js";
import { TrackerGroup } from "../src/tracking/tracker-group.js";
import { MlflowServer } from "./mlflow-server.js";
import { freePort } from "./queue/redis.js";

const configuration = { ...resolveConfiguration({}), epochs: 2 };
const newRun = (resumedAt = 0) => ({
  id: randomBytes(8).toString("hex"),
  title: "IGR(0.50)",
  configuration,
  resumedAt,
});

interface Found {
  readonly info: {
    readonly run_id: string;
    readonly status: string;
    readonly run_name: string;
    readonly end_time?: number;
  };
  readonly data: {
    readonly metrics?: { readonly key: string; readonly value: number | string; readonly step: number }[];
    readonly params?: { readonly key: string; readonly value: string }[];
    readonly tags?: { readonly key: string; readonly value: string }[];
  };
}

const real = process.env.IGR_MLFLOW;
const fake = new MlflowServer();
let fakeAddress = "";
beforeAll(async () => {
  fakeAddress = await fake.start();
});
afterAll(() => fake.close());

describe.each(["a server by the documentation", "a real server"])("MLflow: %s", (which) => {
  const isReal = which === "a real server";
  const experiment = `igr test ${randomBytes(4).toString("hex")}`;
  const address = () => (isReal ? (real as string) : fakeAddress);
  const tracker = () => createTracker(`mlflow:${address()}?experiment=${encodeURIComponent(experiment)}`);

  async function call<Answer>(name: string, body?: unknown, query: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${address()}/api/2.0/mlflow/${name}?${new URLSearchParams(query)}`, {
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      headers: { "content-type": "application/json" },
    });
    return (await response.json()) as Answer;
  }

  /** All MLflow runs of an igr run, the newest first. */
  async function found(id: string): Promise<Found[]> {
    const { experiment: its } = await call<{ experiment: { experiment_id: string } }>(
      "experiments/get-by-name",
      undefined,
      {
        experiment_name: experiment,
      },
    );
    const body = { experiment_ids: [its.experiment_id], filter: `tags.\`igr.run\` = '${id}'`, max_results: 10 };
    return (await call<{ runs?: Found[] }>("runs/search", body)).runs ?? [];
  }

  async function history(runId: string, key: string): Promise<(number | string)[][]> {
    const query = { run_id: runId, metric_key: key };
    const { metrics = [] } = await call<{ metrics?: { step: number; value: number | string }[] }>(
      "metrics/get-history",
      undefined,
      query,
    );
    return metrics.map(({ step, value }) => [Number(step ?? 0), value]);
  }

  test("a run arrives with its configuration, numbers and end; one that is continued stays the same run", async (context) => {
    if (isReal && real === undefined) {
      return context.skip(
        "no MLflow server is named: pip install mlflow==3.17.2, mlflow server, and its address in IGR_MLFLOW",
      );
    }
    const run = newRun();
    const first = tracker();
    expect(await first.start(run)).toBe(0);
    await first.log(1, { "train/elbo": -150.5, "validation/elbo": Number.NaN, "odd=name(#)": 1 });
    await first.log(2, { "train/elbo": -140, "validation/elbo": Number.POSITIVE_INFINITY });
    await first.finish("stopped", 2, {});
    expect((await found(run.id))[0]?.info.status).toBe("KILLED");

    const second = tracker();
    const longer = { ...configuration, epochs: 3 };
    expect(await second.start({ ...run, configuration: longer, resumedAt: 2 })).toBe(1);
    expect((await found(run.id))[0]?.info.status).toBe("RUNNING");
    await second.log(2, { "train/elbo": -140, "validation/elbo": Number.POSITIVE_INFINITY, "odd=name(#)": 2 });
    await second.log(3, { "train/elbo": -130 });
    await second.finish("finished", 3, { "measures/elbo": -120.25 });

    const runs = await found(run.id);
    expect(runs).toHaveLength(1);
    const { info, data } = runs[0] as Found;
    expect(info).toMatchObject({ status: "FINISHED", run_name: "IGR(0.50)", end_time: expect.any(Number) });
    const params = Object.fromEntries((data.params ?? []).map(({ key, value }) => [key, value]));
    expect(params).toMatchObject({ "latent.kind": "igr", "latent.temperature": "0.5", seed: `${configuration.seed}` });
    const tags = Object.fromEntries((data.tags ?? []).map(({ key, value }) => [key, value]));
    expect(tags).toMatchObject({ "igr.run": run.id, "igr.epochs": "3" });
    expect(await history(info.run_id, "train/elbo")).toEqual([
      [1, -150.5],
      [2, -140],
      [3, -130],
    ]);
    // MLflow keeps the largest float64 for an infinite value.
    const bound = await history(info.run_id, "validation/elbo");
    expect(bound.map(([step, value]) => [step, Number(value)])).toEqual([
      [1, Number.NaN],
      [2, isReal ? Number.MAX_VALUE : Number.POSITIVE_INFINITY],
    ]);
    expect((await history(info.run_id, "odd_name___")).map(([step]) => step)).toEqual([1, 2]);
    expect(await history(info.run_id, "measures/elbo")).toEqual([[3, -120.25]]);
  }, 60_000);

  test("a run that was deleted and is trained anew is a new MLflow run; one without numbers is used again", async (context) => {
    if (isReal && real === undefined) return context.skip("no MLflow server is named in IGR_MLFLOW");
    const run = newRun();
    await tracker().start(run);
    const again = tracker();
    expect(await again.start(run)).toBe(0);
    expect(await found(run.id)).toHaveLength(1);
    await again.log(1, { a: 1 });
    const anew = tracker();
    expect(await anew.start(run)).toBe(0);
    await anew.log(1, { a: 2 });
    const runs = await found(run.id);
    expect(runs.map(({ data }) => data.metrics?.map(({ value }) => value))).toEqual([[2], [1]]);
  }, 60_000);
});

test("a server that fails for a while, or does as told and does not say so, has every number once", async () => {
  const run = newRun();
  const said: string[] = [];
  const group = new TrackerGroup([createTracker(`mlflow:${fakeAddress}`)], {
    onNotice: (sentence) => said.push(sentence.replace(fakeAddress, "the server")),
    retryAfter: 0,
  });
  await group.start(run);
  await group.log(1, { a: 1, b: 1 });
  fake.failNext = ["503"];
  await group.log(2, { a: 2, b: 2 });
  fake.failNext = ["cut"];
  await group.log(3, { a: 3, b: 3 });
  await group.log(4, { a: 4, b: 4 });
  await group.finish("finished");
  const search = await fetch(`${fakeAddress}/api/2.0/mlflow/runs/search`, {
    method: "POST",
    body: JSON.stringify({ experiment_ids: ["1", "2"], filter: `tags.\`igr.run\` = '${run.id}'`, max_results: 5 }),
  });
  const [only, ...others] = ((await search.json()) as { runs: Found[] }).runs;
  expect(others).toEqual([]);
  for (const key of ["a", "b"]) {
    const query = new URLSearchParams({ run_id: only?.info.run_id ?? "", metric_key: key });
    const history = await fetch(`${fakeAddress}/api/2.0/mlflow/metrics/get-history?${query}`);
    const { metrics } = (await history.json()) as { metrics: { step: number; value: number }[] };
    expect(metrics.map(({ step, value }) => [step, value])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
  }
  expect(said).toEqual([
    "mlflow:the server fails: runs/log-batch: HTTP 503; the run continues, and the tracker is tried again",
    "mlflow:the server works again, and has what it missed",
  ]);
});

test("name and password of the address are sent, and never shown", async () => {
  const tracker = createTracker(`mlflow:${fakeAddress.replace("//", "//name:p%40ss@")}`);
  expect(tracker.name).toBe(`mlflow:${fakeAddress}`);
  fake.authorizations.clear();
  await tracker.start(newRun());
  expect([...fake.authorizations]).toEqual([`Basic ${Buffer.from("name:p@ss").toString("base64")}`]);
});

test("a server that is not there, and one that is none, are said", async () => {
  await expect(createTracker(`mlflow:http://127.0.0.1:${await freePort()}`).start(newRun())).rejects.toThrow(
    "no answer (ECONNREFUSED)",
  );
  await expect(createTracker(`mlflow:${fakeAddress}/elsewhere`).start(newRun())).rejects.toThrow(
    "experiments/get-by-name: ",
  );
});
