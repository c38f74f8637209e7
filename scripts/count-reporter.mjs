// A vitest reporter that writes how many tests passed, failed and were skipped to the file that
// IGR_TEST_COUNTS names. A file that could not be loaded, or an error outside a test, counts as a failure.
import { writeFileSync } from "node:fs";

export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const file = process.env.IGR_TEST_COUNTS;
    if (!file) return;
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0, reasons: [] };
    const reasons = new Set();
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        if (state === "passed") counts.passed += 1;
        else if (state === "failed") counts.failed += 1;
        else counts.skipped += 1;
        if (state === "skipped" && note) reasons.add(note);
      }
      for (const suite of module.children.allSuites()) {
        if (suite.errors().length > 0) counts.failed += suite.errors().length;
      }
    }
    counts.reasons = [...reasons];
    writeFileSync(file, JSON.stringify(counts));
  }
}
