// Installs the dependencies of the playground, builds it, and serves it until Ctrl-C. Arguments go to `vite preview`:
// `-- --port 8080`.
import { ensureInstalled, mustRunNode, runNode } from "./workspace.mjs";

ensureInstalled("all");
mustRunNode("node_modules/turbo/bin/turbo", ["run", "build", "--filter=@igr/playground", "--output-logs=errors-only"]);
process.exit(
  runNode("apps/playground/node_modules/vite/bin/vite.js", ["preview", "apps/playground", ...process.argv.slice(2)]),
);
