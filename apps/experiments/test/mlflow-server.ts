import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface StoredMetric {
  readonly key: string;
  readonly value: number | string;
  readonly timestamp: number;
  readonly step: number;
}

interface StoredRun {
  readonly info: Record<string, unknown> & { readonly run_id: string; readonly experiment_id: string };
  readonly metrics: StoredMetric[];
  readonly params: Map<string, string>;
  readonly tags: Map<string, string>;
}

type Body = Record<string, unknown>;

/**
 * The calls of MLflow's REST API that a tracker needs, as its documentation describes them and a server of 3.17.2 answers: metrics are
 * appended, parameters never change, names are checked, and values too long are cut without a word.
 */
export class MlflowServer {
  /** Method, call and, of batches, what they hold. */
  readonly calls: string[] = [];
  readonly authorizations = new Set<string | undefined>();
  /** Requests that are answered by an error instead, or whose connection is cut after they were done. */
  failNext: ("503" | "cut")[] = [];
  readonly #experiments = new Map<string, string>();
  readonly #runs = new Map<string, StoredRun>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", "http://localhost");
    const call = url.pathname.replace("/api/2.0/mlflow/", "");
    let text = "";
    for await (const chunk of request) text += chunk;
    this.calls.push(call);
    this.authorizations.add(request.headers.authorization);
    const failure = this.failNext.shift();
    const send = (status: number, answer: unknown) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    };
    if (failure === "503") return send(503, "no healthy upstream");
    const body: Body = request.method === "GET" ? Object.fromEntries(url.searchParams) : JSON.parse(text);
    try {
      const answer = this.#do(call, body);
      if (failure === "cut") request.socket.destroy();
      else send(200, answer);
    } catch (error) {
      const { message } = error as Error;
      const [code = "", ...words] = message.split(": ");
      send(code === "RESOURCE_DOES_NOT_EXIST" ? 404 : 400, { error_code: code, message: words.join(": ") });
    }
  }

  #do(call: string, body: Body): unknown {
    switch (call) {
      case "experiments/get-by-name": {
        const id = this.#experiments.get(body.experiment_name as string);
        if (id === undefined) throw new Error("RESOURCE_DOES_NOT_EXIST: no such experiment");
        return { experiment: { experiment_id: id, lifecycle_stage: "active" } };
      }
      case "experiments/create": {
        const name = body.name as string;
        if (this.#experiments.has(name)) throw new Error("RESOURCE_ALREADY_EXISTS: the experiment is there");
        this.#experiments.set(name, `${this.#experiments.size + 1}`);
        return { experiment_id: this.#experiments.get(name) };
      }
      case "runs/create":
        return { run: shown(this.#create(body)) };
      case "runs/update":
        Object.assign(this.#run(body).info, { status: body.status, end_time: body.end_time });
        return { run_info: this.#run(body).info };
      case "runs/get":
        return { run: shown(this.#run(body)) };
      case "runs/search":
        return { runs: this.#search(body).map(shown) };
      case "runs/log-batch":
        this.#log(body);
        return {};
      case "metrics/get-history":
        return { metrics: this.#run(body).metrics.filter(({ key }) => key === body.metric_key) };
      default:
        throw new Error(`ENDPOINT_NOT_FOUND: ${call}`);
    }
  }

  #create(body: Body): StoredRun {
    const id = `${this.#runs.size + 1}`.padStart(32, "0");
    const info = {
      run_id: id,
      experiment_id: body.experiment_id as string,
      run_name: body.run_name,
      status: "RUNNING",
      start_time: body.start_time as number,
    };
    const run = { info, metrics: [], params: new Map<string, string>(), tags: new Map(pairs(body.tags)) };
    this.#runs.set(id, run);
    return run;
  }

  #run(body: Body): StoredRun {
    const run = this.#runs.get(body.run_id as string);
    if (run === undefined) throw new Error(`RESOURCE_DOES_NOT_EXIST: no run ${body.run_id}`);
    return run;
  }

  #search({ experiment_ids: experiments, filter, max_results: most }: Body): StoredRun[] {
    const [, tag = "", value = ""] = /^tags\.`([^`]+)` = '([^']*)'$/.exec(filter as string) ?? [];
    return [...this.#runs.values()]
      .filter(({ info, tags }) => (experiments as string[]).includes(info.experiment_id) && tags.get(tag) === value)
      .reverse()
      .slice(0, most as number);
  }

  #log(body: Body): void {
    const run = this.#run(body);
    const metrics = (body.metrics ?? []) as StoredMetric[];
    const params = pairs(body.params);
    const tags = pairs(body.tags);
    const isTooLarge = metrics.length > 1000 || params.length > 100 || tags.length > 100;
    if (isTooLarge) throw new Error("INVALID_PARAMETER_VALUE: batch");
    for (const key of [...metrics.map((each) => each.key), ...params.map(([key]) => key)]) {
      if (!/^[\w\-./ ]{1,250}$/.test(key)) throw new Error(`INVALID_PARAMETER_VALUE: the name ${key}`);
    }
    for (const { value, step, timestamp } of metrics) {
      const isNumber = typeof value === "number" || ["NaN", "Infinity", "-Infinity"].includes(value);
      const isWhole = Number.isInteger(step) && Number.isInteger(timestamp);
      if (!isNumber || !isWhole) throw new Error("BAD_REQUEST: a metric");
    }
    run.metrics.push(...metrics);
    for (const [key, value] of params) {
      if (typeof value !== "string") throw new Error("BAD_REQUEST: a parameter");
      const before = run.params.get(key);
      if (before !== undefined && before !== value) throw new Error(`INVALID_PARAMETER_VALUE: ${key} is ${before}`);
      run.params.set(key, value.slice(0, 6000));
    }
    for (const [key, value] of tags) run.tags.set(key, value);
  }
}

function pairs(given: unknown): [string, string][] {
  return ((given ?? []) as { key: string; value: string }[]).map(({ key, value }) => [key, value]);
}

/** A run as the API shows it: of each metric the latest value. */
function shown({ info, metrics, params, tags }: StoredRun) {
  const latest = new Map<string, StoredMetric>();
  for (const metric of metrics) if (metric.step >= (latest.get(metric.key)?.step ?? 0)) latest.set(metric.key, metric);
  const entries = (map: Map<string, string>) => [...map].map(([key, value]) => ({ key, value }));
  return { info, data: { metrics: [...latest.values()], params: entries(params), tags: entries(tags) } };
}
