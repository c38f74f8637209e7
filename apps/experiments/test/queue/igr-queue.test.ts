import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("../../bin/igr.mjs", import.meta.url));

test.each([
  [["train", "--queue", "redis://127.0.0.1:1"], "the queue redis://127.0.0.1:1 can't be reached (ECONNREFUSED)"],
  [["worker", "--queue", "redis://127.0.0.1:1"], "can't be reached (ECONNREFUSED): start redis-server there"],
  [["study", "table-3", "--queue", "host:6379"], "--queue must be the address of a Redis"],
  [["train", "--queue", "redis://localhost", "--threads", "2"], "--threads is not used with --queue"],
  [["worker", "--queue", "redis://localhost", "--epochs", "2"], "--epochs is not used with --queue"],
  [["worker", "table-1", "--queue", "redis://localhost"], "the study table-1 is not used with --queue"],
  [["worker", "table-1"], "pass --queue with the address of a queue, or a study and --index"],
  [["worker", "table-1", "--index", "0/2", "--idle", "1"], "--idle is not used without --queue"],
])("igr %j is rejected with a sentence and the exit code 2", { timeout: 60_000 }, (args, sentence) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain(sentence);
  expect(stderr).not.toMatch(/\n {4}at /);
});
