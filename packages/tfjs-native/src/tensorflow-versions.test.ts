import { expect, test } from "vitest";
import { distributionOf } from "./tensorflow-versions.js";

test.each([
  ["cpu", "linux", "x64", "tensorflow-cpu"],
  ["gpu", "linux", "x64", "tensorflow"],
  ["cpu", "linux", "arm64", "tensorflow"],
  ["cpu", "darwin", "arm64", "tensorflow"],
] as const)("PyPI's package for %s on %s %s is %s", (flavour, platform, arch, expected) => {
  expect(distributionOf(flavour, { platform, arch })).toBe(expected);
});
