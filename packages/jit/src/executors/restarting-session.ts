import type { Session } from "./executor.js";

/**
 * A session that is made anew after a run that failed. onnxruntime-web 1.30 gives a session with outputs in the memory of a
 * GPU the inputs of the failed run again at all later runs: test/browser/runtime-contract.ts.
 */
export class RestartingSession implements Session {
  #session: Session | undefined;

  private constructor(
    session: Session,
    readonly compile: () => Promise<Session>,
  ) {
    this.#session = session;
  }

  static async create(compile: () => Promise<Session>): Promise<RestartingSession> {
    return new RestartingSession(await compile(), compile);
  }

  async run(...[feeds, fetches]: Parameters<Session["run"]>): ReturnType<Session["run"]> {
    this.#session ??= await this.compile();
    const session = this.#session;
    try {
      return await session.run(feeds, fetches);
    } catch (error) {
      this.#session = undefined;
      // The first error is the one to report.
      await session.release().catch(() => {});
      throw error;
    }
  }

  endProfiling() {
    return this.#session?.endProfiling();
  }

  async release(): Promise<void> {
    await this.#session?.release();
  }
}
