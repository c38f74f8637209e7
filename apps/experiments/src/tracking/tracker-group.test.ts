import { expect, test } from "vitest";
import { resolveConfiguration } from "../configuration/resolve.js";
import type { Tracker } from "./tracker.js";
import { TrackerGroup } from "./tracker-group.js";

const run = { id: "0123456789abcdef", title: "IGR(0.50)", configuration: resolveConfiguration({}), resumedAt: 0 };

/** A tracker that has told steps, and fails as often as `failures` says. */
function memoryTracker(name: string, failures: (call: string) => boolean = () => false) {
  const heard: string[] = [];
  let last = 0;
  const hear = (call: string) => {
    if (failures(call)) throw new Error("no route to host");
    heard.push(call);
  };
  const tracker: Tracker = {
    name,
    start: async ({ resumedAt }) => {
      hear(`start at ${resumedAt}`);
      return last;
    },
    log: async (step) => {
      hear(`${step}`);
      last = step;
    },
    finish: async (status, step) => hear(`${status} at ${step}`),
  };
  return { heard, tracker };
}

test("a tracker that fails is tried again and told what it missed; the others hear everything at once", async () => {
  const good = memoryTracker("good");
  let isAway = false;
  const bad = memoryTracker("bad", () => isAway);
  const said: string[] = [];
  const group = new TrackerGroup([bad.tracker, good.tracker], {
    onNotice: (sentence) => said.push(sentence),
    retryAfter: 0,
  });
  await group.start(run);
  await group.log(1, {});
  isAway = true;
  await group.log(2, {});
  await group.log(3, {});
  isAway = false;
  await group.log(4, {});
  await group.finish("finished", { "measures/elbo": -100 });
  expect(good.heard).toEqual(["start at 0", "1", "2", "3", "4", "finished at 4"]);
  expect(bad.heard).toEqual(["start at 0", "1", "start at 4", "2", "3", "4", "finished at 4"]);
  expect(said).toEqual([
    "bad fails: no route to host; the run continues, and the tracker is tried again",
    "bad works again, and has what it missed",
  ]);
});

test("a tracker that failed is left alone for a while, and is told all at the end", async () => {
  let isAway = true;
  let calls = 0;
  const bad = memoryTracker("bad", () => {
    calls += 1;
    return isAway;
  });
  const group = new TrackerGroup([bad.tracker], { onNotice: () => {}, retryAfter: 1e9 });
  await group.start(run);
  await group.log(1, {});
  await group.log(2, {});
  expect(calls).toBe(1);
  isAway = false;
  await group.finish("stopped");
  expect(bad.heard).toEqual(["start at 0", "1", "2", "stopped at 2"]);
});

test("a tracker is told the epochs that an earlier process trained and could not tell, and none twice", async () => {
  const behind = memoryTracker("behind");
  await new TrackerGroup([behind.tracker], { onNotice: () => {} }).start(run, [{ step: 1, metrics: {} }]);
  const again = new TrackerGroup([behind.tracker], { onNotice: () => {} });
  const earlier = [1, 2].map((step) => ({ step, metrics: {} }));
  await again.start({ ...run, resumedAt: 2 }, earlier);
  await again.log(3, {});
  expect(behind.heard).toEqual(["start at 0", "1", "start at 2", "2", "3"]);
});

test("a group that was not started has nothing to finish", async () => {
  const { heard, tracker } = memoryTracker("idle");
  await new TrackerGroup([tracker], { onNotice: () => {} }).finish("failed");
  expect(heard).toEqual([]);
});
