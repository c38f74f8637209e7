import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test, vi } from "vitest";
import { CompiledProgram } from "../src/runtime/compiled-program.js";
import { jit } from "./single-thread.js";

afterEach(() => {
  vi.restoreAllMocks();
});

test("frees the least recently used program beyond maxPrograms, with one warning", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const create = vi.spyOn(CompiledProgram, "create");
  const release = vi.spyOn(CompiledProgram.prototype, "release");
  const total = tf.variable(tf.scalar(0));
  const add = jit((x: tf.Tensor) => total.assign(tf.add(total, tf.sum(x))), { maxPrograms: 2 });
  const call = async (size: number) => {
    await add(tf.ones([size]));
    return create.mock.calls.length;
  };
  expect([await call(1), await call(2), await call(1)]).toEqual([1, 2, 2]);
  expect(release).not.toHaveBeenCalled();
  // 2 is freed for 3; 1 stays.
  expect([await call(3), await call(1), await call(2)]).toEqual([3, 3, 4]);
  expect(release).toHaveBeenCalledTimes(2);
  expect(total.dataSync()[0]).toBe(10);
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn.mock.calls[0]![0]).toMatch(/more than 2 combinations of shapes.*maxPrograms/s);
  await add.dispose();
});

test("an option that does not exist is an error", () => {
  expect(() => jit((x: tf.Tensor) => x, { thread: 1 } as never)).toThrow(
    /jit: options must be among executor, provider, threads, .* got "thread"/,
  );
});

test("maxPrograms is an integer >= 1", () => {
  for (const maxPrograms of [0, 1.5, Number.NaN]) {
    expect(() => jit((x: tf.Tensor) => x, { maxPrograms })).toThrow(
      `maxPrograms must be an integer >= 1, got ${maxPrograms}`,
    );
  }
});
