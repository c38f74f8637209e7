import { load } from "@igr/models";
import { InputError } from "../input-error.js";
import type { BuiltModel } from "./build-model.js";
import type { CheckpointName } from "./checkpoint-names.js";
import type { RunStore } from "./store.js";

/**
 * The model of a run, as it was after its last epoch or after the one that was best on the validation images.
 * @throws InputError if the checkpoint is missing or damaged.
 */
export async function restoreModel(store: RunStore, id: string, which: CheckpointName): Promise<BuiltModel> {
  try {
    return (await load(await store.checkpoints(id), { which: which === "best" ? "best" : "latest" })) as BuiltModel;
  } catch (error) {
    if (error instanceof Error) {
      throw new InputError(
        `run ${id} in ${store.location} has no ${which} checkpoint that can be read (${error.message}); igr resume ${id} trains it`,
        { cause: error },
      );
    }
    throw error;
  }
}
