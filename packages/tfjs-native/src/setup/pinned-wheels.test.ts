import { expect, test } from "vitest";
import { triedTensorFlow } from "../tensorflow-versions.js";
import { pinnedWheels } from "./pinned-wheels.js";

const linux = { platform: "linux", arch: "x64" };

test.each(triedTensorFlow)("every wheel for TensorFlow %s on Linux is known by its SHA-256", (version) => {
  const cpu = pinnedWheels("tensorflow-cpu", version, linux);
  expect(cpu?.wheel).toMatch(new RegExp(`^tensorflow-cpu==${version} --hash=sha256:[0-9a-f]{64}$`));
  const gpu = pinnedWheels("tensorflow", version, linux);
  expect(gpu?.cuda?.length).toBeGreaterThan(8);
  for (const wheel of [gpu!.wheel, ...gpu!.cuda!]) {
    expect(wheel).toMatch(/^[a-z0-9-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}$/);
  }
});

test("a version without a patch number is the patch that is known; another patch, version or platform is not", () => {
  expect(pinnedWheels("tensorflow-cpu", "2.20", linux)?.wheel).toContain("tensorflow-cpu==2.20.0 ");
  for (const version of ["2.2", "2.20.9", "2.99.0"]) {
    expect(pinnedWheels("tensorflow-cpu", version, linux)).toBeUndefined();
  }
  expect(pinnedWheels("tensorflow-cpu", "2.21.0", { platform: "sunos", arch: "x64" })).toBeUndefined();
});
