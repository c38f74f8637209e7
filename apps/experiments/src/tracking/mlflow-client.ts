/** An answer of an MLflow server that is an error, with the code of its documentation. */
export class MlflowError extends Error {
  override readonly name = "MlflowError";
  /** `RESOURCE_DOES_NOT_EXIST` and the like; the HTTP status where the server gives no code. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A server that does not answer holds a run up for so long, in milliseconds. */
const TIMEOUT = 10_000;

/**
 * Calls of MLflow's REST API 2.0. Name and password come from the server's address or, as for MLflow's own clients, from the environment:
 * MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.
 */
export class MlflowClient {
  /** Without name and password. */
  readonly address: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(server: URL, environment: Readonly<Record<string, string | undefined>> = process.env) {
    const path = server.pathname.replace(/\/+$/, "");
    this.address = `${server.origin}${path}`;
    const authorization = authorizationOf(server, environment);
    this.#headers = { "content-type": "application/json", ...(authorization ? { authorization } : {}) };
  }

  get<Answer>(call: string, query: Readonly<Record<string, string>>): Promise<Answer> {
    return this.#fetch<Answer>(`${call}?${new URLSearchParams(query)}`, { method: "GET" });
  }

  post<Answer>(call: string, body: unknown): Promise<Answer> {
    return this.#fetch<Answer>(call, { method: "POST", body: JSON.stringify(body) });
  }

  /** @throws MlflowError for an error of the server; Error if it can't be reached. */
  async #fetch<Answer>(call: string, init: RequestInit): Promise<Answer> {
    const url = `${this.address}/api/2.0/mlflow/${call}`;
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, { ...init, headers: this.#headers, signal: AbortSignal.timeout(TIMEOUT) });
      text = await response.text();
    } catch (error) {
      const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
      throw new Error(`no answer (${cause?.code ?? cause?.message ?? message})`, { cause: error });
    }
    let answer: Record<string, unknown> | undefined;
    try {
      answer = JSON.parse(text);
    } catch {}
    if (response.ok && answer !== undefined) return answer as Answer;
    const { error_code: code = `${response.status}`, message } = (answer ?? {}) as Record<string, string | undefined>;
    const said = message ?? (response.ok ? "it answers, but not with JSON" : `HTTP ${response.status}`);
    throw new MlflowError(code, `${call.split("?")[0]}: ${said}`);
  }
}

function authorizationOf(
  { username, password }: URL,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const name = username === "" ? environment.MLFLOW_TRACKING_USERNAME : decodeURIComponent(username);
  const secret = username === "" ? environment.MLFLOW_TRACKING_PASSWORD : decodeURIComponent(password);
  const isNamed = name !== undefined && secret !== undefined;
  if (isNamed) return `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}`;
  const token = environment.MLFLOW_TRACKING_TOKEN;
  return token === undefined ? undefined : `Bearer ${token}`;
}
