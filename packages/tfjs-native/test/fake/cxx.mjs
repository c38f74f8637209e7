#!/usr/bin/env node
// Stands for a C++ compiler in tests: what it "compiles" lists its arguments.
import { writeFileSync } from "node:fs";

const args = process.argv.slice(2);
if (args[0] === "--version") {
  console.log("fake c++ 1.0");
} else if (process.env.FAKE_CXX === "old") {
  process.stderr.write("cc1plus: error: unrecognized command line option '-std=c++17'\n");
  process.exit(1);
} else {
  writeFileSync(args[args.indexOf("-o") + 1], args.join("\n"));
}
