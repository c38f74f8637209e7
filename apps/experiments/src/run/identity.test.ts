import fc from "fast-check";
import { expect, test } from "vitest";
import { resolveConfiguration } from "../configuration/resolve.js";
import { canonicalJson, runId } from "./identity.js";

const base = resolveConfiguration({});

test("the identity of a run includes everything except the epochs", () => {
  expect(runId(resolveConfiguration({ epochs: 100 }))).toBe(runId(base));
  const others = [
    { seed: 2 },
    { latent: { temperature: 0.1 } },
    { latent: { prior: { objective: "kl" } } },
    { data: { validation: 4000 } },
    { training: { batchSize: 32 } },
    { training: { clipGradients: { value: 1 } } },
    { training: { weightAverage: { decay: 0.99 } } },
    { data: { name: "folder", dir: "/a" } },
    { data: { name: "folder", dir: "/b" } },
  ];
  const ids = [base, ...others.map((other) => resolveConfiguration(other))].map(runId);
  expect(new Set(ids).size).toBe(ids.length);
});

test("the identity does not include the folder of CelebA's files", () => {
  const at = (dir: string) => runId(resolveConfiguration({ data: { name: "celeba", dir } }));
  expect(at("/a")).toBe(at("/b"));
});

test("an identity is the same on every machine and in every version that reads this layout", () => {
  // By Python: hashlib.sha256 of json.dumps of the default configuration without epochs, sort_keys, separators (',', ':').
  expect(runId(base)).toBe("587ba6c045bf40b2");
});

test.each([
  // Ids of kept runs, or as they were before further options came: an option that is absent leaves an id as it was.
  [{ latent: { kind: "igr-planar", depth: 2 } }, "3d11374db9b255c5"],
  [{ latent: { kind: "categorical", estimator: { kind: "reinmax" } } }, "acf310b33d9dd0aa"],
  [{ latent: { kind: "categorical", estimator: { kind: "disarm" } } }, "0dce03eba4ecf6fb"],
])("options that came later leave the identity of %j", (configuration, id) => {
  expect(runId(resolveConfiguration(configuration))).toBe(id);
});

test("canonical JSON does not depend on the order of keys", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(fc.integer(), fc.string(), fc.constant(null))), (object) => {
      const reversed = Object.fromEntries(Object.entries(object).reverse());
      expect(canonicalJson(reversed)).toBe(canonicalJson(object));
      expect(JSON.parse(canonicalJson(object))).toEqual(JSON.parse(JSON.stringify(object)));
    }),
  );
});
