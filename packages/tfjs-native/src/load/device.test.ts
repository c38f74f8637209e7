import { describe, expect, test } from "vitest";
import { describeDevice, deviceSentence, listGpus, type Machine, whyNoGpu } from "./device.js";

const smi = [
  "0, GPU-aaaa1111-x, NVIDIA A100-SXM4-40GB, 40960, 550.54",
  "1, GPU-bbbb2222-x, NVIDIA T4, 15360, 550.54",
].join("\n");

function machine({
  visible,
  output,
  files = [],
  platform = "linux",
}: {
  visible?: string;
  output?: string;
  files?: string[];
  platform?: NodeJS.Platform;
}): Machine {
  return {
    environment: visible === undefined ? {} : { CUDA_VISIBLE_DEVICES: visible },
    platform,
    nvidiaSmi: () => output,
    hasFile: (path) => files.includes(path),
  };
}

describe("listGpus reads CUDA_VISIBLE_DEVICES as CUDA does", () => {
  test.each([
    [undefined, ["NVIDIA A100-SXM4-40GB", "NVIDIA T4"]],
    ["1", ["NVIDIA T4"]],
    ["1,0", ["NVIDIA T4", "NVIDIA A100-SXM4-40GB"]],
    ["GPU-bbbb", ["NVIDIA T4"]],
    ["0,-1,1", ["NVIDIA A100-SXM4-40GB"]],
    ["7", []],
    ["", []],
  ])("%s", (visible, names) => {
    expect(listGpus(machine({ visible, output: smi })).map(({ name }) => name)).toEqual(names);
  });

  test("without a driver there is no GPU", () => {
    expect(listGpus(machine({}))).toEqual([]);
    expect(
      listGpus(machine({ output: "NVIDIA-SMI has failed because it couldn't communicate with the driver" })),
    ).toEqual([]);
  });
});

test("the device is the GPU that tfjs-node takes, the last, with its memory", () => {
  const device = describeDevice(true, machine({ output: smi }));
  expect(device).toEqual({ kind: "gpu", name: "NVIDIA T4", memoryMiB: 15360 });
  expect(deviceSentence(device)).toBe("GPU NVIDIA T4 (15360 MiB)");
  expect(deviceSentence(describeDevice(true, machine({})))).toBe("GPU NVIDIA GPU");
  expect(describeDevice(false, machine({ output: smi }))).toMatchObject({ kind: "cpu" });
});

test.each<[Parameters<typeof machine>[0], string]>([
  [{ platform: "darwin" }, "on Linux only"],
  [{ visible: "", output: smi }, 'CUDA_VISIBLE_DEVICES="" hides every GPU'],
  [{ visible: "-1", output: smi }, 'CUDA_VISIBLE_DEVICES="-1" hides every GPU'],
  [{ output: smi }, "the driver (550.54) has a NVIDIA A100-SXM4-40GB, but TensorFlow could not use it"],
  [{ files: ["/dev/nvidiactl"] }, "an NVIDIA driver is loaded but lists no GPU"],
  [{}, "this machine has no NVIDIA driver"],
])("whyNoGpu of %o says why", (situation, reason) => {
  expect(whyNoGpu(machine(situation))).toContain(reason);
});
