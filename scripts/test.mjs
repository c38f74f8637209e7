// Installs, builds, checks and tests everything. Arguments go to vitest: `npm test -- --project core`.
// Ends with one line, `N passed, N failed, N skipped`, and fails when anything failed.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureInstalled, mustRunNode, runNode } from "./workspace.mjs";

ensureInstalled("all");
console.log(`Node ${process.version}, ${process.platform} ${process.arch}`);
const turbo = (...tasks) => ["run", ...tasks, "--output-logs=errors-only", "--log-order=grouped"];
mustRunNode("node_modules/turbo/bin/turbo", turbo("build"));
// Side by side: each of them keeps one core busy. turbo names those that failed.
const checks = turbo("check:types", "docs:api", "check:unused", "check:lint", "--continue=always");
const failedChecks = runNode("node_modules/turbo/bin/turbo", checks) === 0 ? 0 : 1;

const folder = mkdtempSync(join(tmpdir(), "igr-test-"));
const countsFile = join(folder, "counts.json");
const code = runNode("node_modules/vitest/vitest.mjs", ["run", ...process.argv.slice(2)], {
  env: { IGR_TEST_COUNTS: countsFile },
});
let counts = { passed: 0, failed: 1, skipped: 0, reasons: [] };
try {
  counts = JSON.parse(readFileSync(countsFile, "utf8"));
} catch {
  console.error("The test run ended before it reported its counts.");
}
rmSync(folder, { recursive: true, force: true });
for (const reason of counts.reasons) console.log(`Skipped: ${reason}`);
console.log(`Node ${process.version}`);
if (failedChecks > 0) console.error("A check of types, documentation, unused code or style failed before the tests.");
counts.failed += failedChecks;
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(code !== 0 || counts.failed > 0 || counts.passed === 0 ? 1 : 0);
