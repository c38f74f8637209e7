import { flatten } from "../configuration/flatten.js";
import { MlflowClient, MlflowError } from "./mlflow-client.js";
import { MEASURES, type TrackedMetrics, type TrackedRun, type TrackedStatus, type Tracker } from "./tracker.js";

/** Tag of an MLflow run that holds the identity of the igr run. */
const RUN_TAG = "igr.run";
/** Tag with the epochs that were asked for last. They are no parameter, since a parameter never changes and a run may be lengthened. */
const EPOCHS_TAG = "igr.epochs";
const DEFAULT_EXPERIMENT = "igr";

/** Limits of MLflow's REST API; it cuts longer values without an error. */
const LIMITS = { metrics: 1000, params: 100, key: 250, value: 6000 } as const;

interface MlflowMetric {
  readonly key: string;
  readonly step?: number | string;
}

interface MlflowRun {
  readonly info: { readonly run_id: string };
  readonly data?: {
    readonly metrics?: readonly MlflowMetric[];
    readonly params?: readonly { readonly key: string }[];
  };
}

/**
 * Runs of an MLflow server, by its REST API. The address is that of the server; `?experiment=name` names the experiment (absent:
 * MLFLOW_EXPERIMENT_NAME, or "igr"), which is made if there is none. A tag holds the igr run's identity, by which a process that continues
 * the run finds it. The configuration becomes parameters. MLflow appends every metric that it gets, so a metric that has a step already is not
 * sent again. It keeps NaN, and the largest float64 in place of an infinite value.
 */
export class MlflowTracker implements Tracker {
  readonly name: string;
  readonly #client: MlflowClient;
  readonly #experiment: string;
  #run = "";
  /** The last step of each metric that the server has. */
  #steps = new Map<string, number>();

  constructor(server: URL) {
    this.#client = new MlflowClient(server);
    this.name = `mlflow:${this.#client.address}`;
    this.#experiment =
      server.searchParams.get("experiment") ?? process.env.MLFLOW_EXPERIMENT_NAME ?? DEFAULT_EXPERIMENT;
  }

  async start(run: TrackedRun): Promise<number> {
    const experiment = await this.#experimentId();
    const latest = await this.#find(experiment, run.id);
    const isNew = run.resumedAt === 0 && (latest?.data?.metrics ?? []).length > 0;
    const known = isNew ? undefined : latest;
    const found = known ?? (await this.#create(experiment, run));
    this.#run = found.info.run_id;
    this.#steps = new Map((found.data?.metrics ?? []).map(({ key, step = 0 }) => [key, Number(step)]));
    if (known) await this.#client.post("runs/update", { status: "RUNNING", run_id: this.#run });
    await this.#configure(run, found);
    // A batch may have been stored in part: the step that only some metrics have is told again, to the others.
    const steps = [...this.#steps].flatMap(([key, step]) => (key.startsWith(MEASURES) ? [] : [step]));
    return steps.length === 0 ? 0 : Math.min(...steps);
  }

  async log(step: number, metrics: TrackedMetrics): Promise<void> {
    const timestamp = Date.now();
    const entries = Object.entries(metrics).flatMap(([name, value]) => {
      const key = keyOf(name);
      if ((this.#steps.get(key) ?? 0) >= step) return [];
      return [{ key, value: Number.isFinite(value) ? value : `${value}`, timestamp, step }];
    });
    for (let from = 0; from < entries.length; from += LIMITS.metrics) {
      const some = entries.slice(from, from + LIMITS.metrics);
      await this.#batch({ metrics: some });
      for (const { key } of some) this.#steps.set(key, step);
    }
  }

  async finish(status: TrackedStatus, step: number, measures: TrackedMetrics): Promise<void> {
    await this.log(step, measures);
    const names = { finished: "FINISHED", stopped: "KILLED", failed: "FAILED" } as const;
    await this.#client.post("runs/update", { status: names[status], end_time: Date.now(), run_id: this.#run });
  }

  async #experimentId(): Promise<string> {
    const name = this.#experiment;
    const find = () =>
      this.#client.get<{ experiment: { experiment_id: string; lifecycle_stage?: string } }>("experiments/get-by-name", {
        experiment_name: name,
      });
    const found = await find().catch(async (error) => {
      if (!isError(error, "RESOURCE_DOES_NOT_EXIST")) throw error;
      await this.#client.post("experiments/create", { name }).catch((reason) => {
        // Another run of the study has just made it.
        if (!isError(reason, "RESOURCE_ALREADY_EXISTS")) throw reason;
      });
      return find();
    });
    const { experiment_id: id, lifecycle_stage: stage } = found.experiment;
    if (stage === "deleted") {
      throw new Error(`the experiment "${name}" is deleted: restore it there, or name another by ?experiment=`);
    }
    return id;
  }

  async #find(experiment: string, id: string): Promise<MlflowRun | undefined> {
    const { runs = [] } = await this.#client.post<{ runs?: MlflowRun[] }>("runs/search", {
      experiment_ids: [experiment],
      filter: `tags.\`${RUN_TAG}\` = '${id}'`,
      run_view_type: "ACTIVE_ONLY",
      order_by: ["attributes.start_time DESC"],
      max_results: 1,
    });
    return runs[0];
  }

  async #create(experiment: string, { id, title }: TrackedRun): Promise<MlflowRun> {
    const tags = [
      { key: RUN_TAG, value: id },
      { key: "mlflow.source.name", value: "igr" },
      { key: "mlflow.source.type", value: "LOCAL" },
    ];
    const body = { experiment_id: experiment, start_time: Date.now(), run_name: title, tags };
    return (await this.#client.post<{ run: MlflowRun }>("runs/create", body)).run;
  }

  async #configure({ configuration }: TrackedRun, { data }: MlflowRun): Promise<void> {
    const known = new Set(data?.params?.map(({ key }) => key));
    const { epochs, ...rest } = configuration;
    const params = Object.entries(flatten(rest))
      .map(([key, value]) => ({ key: keyOf(key), value: cut(value, LIMITS.value) }))
      .filter(({ key }) => !known.has(key));
    for (let from = 0; from < params.length; from += LIMITS.params) {
      await this.#batch({ params: params.slice(from, from + LIMITS.params) });
    }
    await this.#batch({ tags: [{ key: EPOCHS_TAG, value: `${epochs}` }] });
  }

  /** `run_id` comes last: where the server can't read a field, it ignores what follows, and without a run it says so. */
  async #batch(content: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#client.post("runs/log-batch", { ...content, run_id: this.#run });
  }
}

function isError(error: unknown, code: string): boolean {
  return error instanceof MlflowError && error.code === code;
}

/** A name that every version of MLflow takes: letters, digits, `_ - . /` and spaces. */
function keyOf(name: string): string {
  return cut(name.replace(/[^\w\-./ ]/g, "_"), LIMITS.key);
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
