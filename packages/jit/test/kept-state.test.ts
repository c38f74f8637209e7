import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { expect, test, vi } from "vitest";
import { TraceError } from "../src/errors.js";
import { exportOnnx } from "../src/onnx/export-onnx.js";
import { CompiledProgram } from "../src/runtime/compiled-program.js";
import { numbers } from "./numbers.js";
import { jit } from "./single-thread.js";

/** Runs one program eagerly and compiled on the same arguments; the results must be equal at each call. */
async function sameAsEager(
  make: () => (x: tf.Tensor) => tf.Tensor,
  calls: readonly tf.Tensor[] = [1, 2, 3, 4, 5, 6].map((x) => tf.scalar(x)),
): Promise<void> {
  const eager = make();
  const compiled = jit(make());
  for (const [i, x] of calls.entries()) {
    const expected = tf.tidy(() => eager(x));
    expect({ call: i, numbers: numbers(await compiled(x)) }).toEqual({ call: i, numbers: numbers(expected) });
  }
  await compiled.dispose();
}

test("a sum that JavaScript holds grows at each call", async () => {
  let h: tf.Tensor = tf.scalar(0);
  const step = jit((x: tf.Tensor) => (h = tf.keep(tf.add(h, x))));
  const results = [];
  for (let i = 0; i < 5; i++) results.push(numbers(await step(tf.scalar(1)))[0]);
  expect(results).toEqual([1, 2, 3, 4, 5]);
  expect(numbers(h)).toEqual([5]);
  expect(numbers(tf.mul(h, 2))).toEqual([10]);
  expect(numbers(await step(tf.scalar(1)))).toEqual([6]);
  await step.dispose();
  expect(numbers(h)).toEqual([6]);
});

test.each<[string, () => (x: tf.Tensor) => tf.Tensor]>([
  [
    "that disposes the old one",
    () => {
      let h: tf.Tensor = tf.keep(tf.scalar(1));
      return (x) => {
        const next = tf.keep(tf.add(tf.mul(h, 2), x));
        h.dispose();
        h = next;
        return tf.neg(h);
      };
    },
  ],
  [
    "that begins inside",
    () => {
      let h: tf.Tensor | undefined;
      return (x) => {
        h = tf.keep(h ? tf.add(tf.mul(h, 0.5), x) : tf.clone(x));
        return h;
      };
    },
  ],
  [
    "of two tensors that change places",
    () => {
      let [a, b]: tf.Tensor[] = [tf.scalar(1), tf.scalar(1)];
      return (x) => {
        [a, b] = [b, tf.keep(tf.add(tf.add(a!, b!), x))];
        return b!;
      };
    },
  ],
  [
    "beside one that stays as it was made",
    () => {
      let first: tf.Tensor | undefined;
      let sum: tf.Tensor = tf.scalar(0);
      return (x) => {
        first ??= tf.keep(tf.mul(x, 10));
        sum = tf.keep(tf.add(sum, first));
        return sum;
      };
    },
  ],
  [
    "that is written and read by no one",
    () => {
      let last: tf.Tensor | undefined;
      return (x) => {
        last?.dispose();
        last = tf.keep(tf.square(x));
        return tf.add(x, 1);
      };
    },
  ],
])("state in a closure %s", async (_, make) => {
  await sameAsEager(make);
});

test("an initial value that is kept with ??= stays, whatever its source", async () => {
  await sameAsEager(() => {
    let first: tf.Tensor | undefined;
    return (x) => {
      first ??= tf.keep(tf.square(x));
      return tf.add(x, first);
    };
  });
});

test("arguments of two shapes share the state", async () => {
  const make = () => {
    let total: tf.Tensor = tf.scalar(0);
    return (x: tf.Tensor) => {
      const next = tf.keep(tf.add(total, tf.sum(x)));
      total.dispose();
      total = next;
      return total;
    };
  };
  const [long, short] = [tf.tensor1d([1, 2, 3]), tf.tensor1d([10])];
  const epoch = [long, long, long, short];
  await sameAsEager(make, [...epoch, ...epoch, ...epoch, short, long, short]);
});

test("another compiled function sees the state, and may be the one that resets it", async () => {
  const make = () => {
    let total: tf.Tensor = tf.keep(tf.scalar(0));
    const replace = (next: tf.Tensor) => {
      total.dispose();
      total = next;
    };
    return {
      add: (x: tf.Tensor) => replace(tf.keep(tf.add(total, x))),
      read: (x: tf.Tensor) => tf.mul(total, x),
      reset: () => replace(tf.keep(tf.scalar(0))),
    };
  };
  const eager = make();
  const other = make();
  const compiled = { add: jit(other.add), read: jit(other.read), reset: jit(other.reset) };
  const one = tf.scalar(1);
  for (const op of [..."arararxraarraxaaarxaraxr"]) {
    if (op === "a") {
      eager.add(one);
      await compiled.add(one);
    } else if (op === "x") {
      eager.reset();
      await compiled.reset();
    } else {
      expect(numbers(await compiled.read(tf.scalar(2)))).toEqual(numbers(eager.read(tf.scalar(2))));
    }
  }
});

test("several steps in one call carry the state from step to step", async () => {
  const make = () => {
    let h: tf.Tensor = tf.scalar(0);
    return (x: tf.Tensor) => {
      h = tf.keep(tf.add(tf.mul(h, 0.5), x));
      return h;
    };
  };
  const eager = make();
  const compiled = jit(make(), { stepsPerCall: 4 });
  for (let call = 0; call < 3; call++) {
    const xs = [1, 2, 3, 4].map((x) => x + call);
    const expected = xs.map((x) => tf.tidy(() => numbers(eager(tf.scalar(x)))[0]));
    expect(numbers(await compiled(tf.tensor1d(xs)))).toEqual(expected);
  }
});

test("states that are reset, or used with several shapes, need no new compilation", async () => {
  const create = vi.spyOn(CompiledProgram, "create");
  const model = layers.sequential({
    layers: [
      layers.layers.simpleRNN({
        units: 3,
        stateful: true,
        batchInputShape: [2, 4, 2],
        recurrentInitializer: "glorotUniform",
      }),
    ],
  });
  const compiled = jit((x: tf.Tensor) => model.predict(x) as tf.Tensor);
  const x = tf.ones([2, 4, 2]);
  for (let i = 0; i < 4; i++) await compiled(x);
  const compilations = create.mock.calls.length;
  expect(compilations).toBeLessThanOrEqual(3);
  for (let epoch = 0; epoch < 3; epoch++) {
    model.resetStates();
    for (let i = 0; i < 3; i++) await compiled(x);
  }
  expect(create).toHaveBeenCalledTimes(compilations);
  vi.restoreAllMocks();
});

test("tensors that are kept and never used again are rejected, with the op and the line", async () => {
  const log: tf.Tensor[] = [];
  const step = jit((x: tf.Tensor) => {
    const loss = tf.square(x);
    log.push(tf.keep(loss));
    return tf.add(loss, 1);
  });
  await step(tf.scalar(1));
  const error = await step(tf.scalar(2)).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(TraceError);
  expect((error as TraceError).message).toMatch(/keeps a tensor of shape \[\] \(result of Square\) in JavaScript/);
  expect((error as TraceError).kernel).toBe("Square");
  expect((error as TraceError).callSite).toContain("kept-state.test.ts");
});

test("a kept result belongs to the caller", async () => {
  const step = jit((x: tf.Tensor) => tf.keep(tf.square(x)));
  for (const x of [1, 2, 3, 4]) expect(numbers(await step(tf.scalar(x)))).toEqual([x * x]);
});

test("state that never becomes repeatable is rejected", async () => {
  let h: tf.Tensor = tf.scalar(0);
  let calls = 0;
  const step = jit((x: tf.Tensor) => (h = tf.keep(tf.add(h, tf.mul(x, calls++)))));
  const run = async () => {
    for (let i = 0; i < 10; i++) await step(tf.scalar(1));
  };
  await expect(run()).rejects.toThrow(/keeps a tensor of shape \[\] \(result of Add\)/);
});

test("an export does not keep state", async () => {
  let h: tf.Tensor = tf.scalar(0);
  const exported = exportOnnx((x) => (h = tf.keep(tf.add(h, x))), { inputs: { x: [2] }, outputs: ["y"] });
  await expect(exported).rejects.toThrow(
    /exportOnnx keeps a tensor of shape \[2\] \(result of Add\).*kept-state\.test\.ts/s,
  );
});

test("tensors and memory do not grow", async () => {
  let h: tf.Tensor = tf.keep(tf.scalar(0));
  const step = jit((x: tf.Tensor) => {
    const next = tf.keep(tf.add(h, x));
    h.dispose();
    h = next;
  });
  for (let i = 0; i < 4; i++) await step(tf.scalar(1));
  const x = tf.scalar(1);
  const { numTensors, numDataBuffers } = tf.memory();
  for (let i = 0; i < 20; i++) {
    await step(x);
    if (i % 5 === 0) tf.tidy(() => tf.add(h, 1).dataSync());
  }
  expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
  expect(numbers(h)).toEqual([24]);
  h.dispose();
  expect(tf.memory()).toMatchObject({ numTensors: numTensors - 1, numDataBuffers: numDataBuffers - 1 });
});
