import { expect, test } from "vitest";
import { missingPackage } from "./missing-package.js";

test("a package that is not installed is distinguished from one that lost its files in a bundle", () => {
  const missing = missingPackage("loadMnist", "@igr/data-mnist", new Error("Cannot find package '@igr/data-mnist'"));
  expect(missing.message).toMatch(/loadMnist: @igr\/data-mnist.*Cannot find package.*install @igr\/data-mnist/s);
  let cause: unknown;
  try {
    new URL("../data/file.gz", undefined);
  } catch (error) {
    cause = error;
  }
  const bundled = missingPackage("loadMnist", "@igr/data-mnist", cause);
  expect(bundled.message).toMatch(/import\.meta\.url.*a script or CommonJS.*--external:@igr\/data-mnist/s);
  expect(bundled.message).not.toContain("install @igr");
});
