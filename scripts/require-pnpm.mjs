// Runs before any install in this workspace. The lockfile, the catalog and the workspace protocol belong to pnpm: npm
// or yarn would silently install another tree, with a second tfjs-core.
import { readFileSync } from "node:fs";

const agent = process.env.npm_config_user_agent ?? "";
if (!agent.startsWith("pnpm/")) {
  const { packageManager } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const name = agent.split("/")[0] || "this client";
  console.error(
    `Install this workspace with pnpm, not with ${name}.\n` +
      "  npm start    installs its dependencies and trains the quick start\n" +
      "  npm test     installs everything and runs every test\n" +
      `  npx --yes ${packageManager} install --frozen-lockfile    installs only`,
  );
  process.exit(1);
}
