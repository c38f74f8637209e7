import { expect, test } from "vitest";
import { sizeOf, type Value } from "../ir/graph.js";
import { CellMemory } from "./cell-memory.js";
import type { Device, DeviceArray } from "./device.js";

/** A device in host memory, which counts what crosses. */
class FakeDevice implements Device {
  reads = 0;
  writes = 0;
  live = 0;

  canHold(): boolean {
    return true;
  }

  async allocate({ shape }: Value): Promise<FakeArray> {
    this.live++;
    return new FakeArray(this, new Float32Array(sizeOf(shape)));
  }
}

class FakeArray implements DeviceArray {
  constructor(
    readonly device: FakeDevice,
    readonly values: Float32Array,
  ) {}

  async read() {
    const values = this.readSync();
    await new Promise((resolve) => setTimeout(resolve));
    return values;
  }

  readSync() {
    this.device.reads++;
    return this.values.slice();
  }

  write(values: Float32Array) {
    this.device.writes++;
    this.values.set(values);
  }

  free() {
    this.device.live--;
    this.values.fill(Number.NaN);
  }
}

const VALUE: Value = { name: "v", elementType: "float32", shape: [2] };

async function onDevice(...values: number[]) {
  const device = new FakeDevice();
  const memory = new CellMemory(Float32Array.from(values));
  await memory.prepare(device, VALUE, true);
  /** A run that adds to each value. */
  const run = (add: number) => {
    const front = memory.deviceFront as FakeArray;
    (memory.deviceBack as FakeArray).values.set(front.values.map((value) => value + add));
    memory.swapOnDevice();
  };
  return { device, memory, run };
}

test("runs move nothing; the host fetches the values once, when they are read", async () => {
  const { device, memory, run } = await onDevice(1, 2);
  for (let i = 0; i < 5; i++) run(1);
  expect(device).toMatchObject({ writes: 1, reads: 0 });
  expect([...memory.front]).toEqual([6, 7]);
  expect([...memory.front]).toEqual([6, 7]);
  expect([...(await memory.read())]).toEqual([6, 7]);
  expect(device).toMatchObject({ writes: 1, reads: 1 });
});

test("a value that the host sets is copied to the device before the next run", async () => {
  const { device, memory, run } = await onDevice(1, 2);
  run(1);
  memory.set(Float32Array.of(10, 20));
  run(1);
  expect([...memory.front]).toEqual([11, 21]);
  expect(device.writes).toBe(2);
});

test("a read that begins before a run has the values before it, and the next read those after it", async () => {
  const { memory, run } = await onDevice(1, 2);
  run(1);
  const before = memory.read();
  run(10);
  expect([...(await before)]).toEqual([2, 3]);
  expect([...memory.front]).toEqual([12, 13]);
});

test("a run that fails changes nothing", async () => {
  const { memory, run } = await onDevice(1, 2);
  run(1);
  // It writes to the second buffer and does not get to the swap.
  (memory.deviceBack as FakeArray).values.fill(99);
  expect([...memory.front]).toEqual([2, 3]);
  run(1);
  expect([...memory.front]).toEqual([3, 4]);
});

test("another device gets the values, and the first one's memory is freed", async () => {
  const { device, memory, run } = await onDevice(1, 2);
  run(1);
  const other = new FakeDevice();
  await memory.prepare(other, VALUE, false);
  expect([...(memory.deviceFront as FakeArray).values]).toEqual([2, 3]);
  expect(device.live).toBe(0);
  expect(other.live).toBe(1);
  await memory.leaveDevice();
  expect(other.live).toBe(0);
  expect([...memory.front]).toEqual([2, 3]);
});
