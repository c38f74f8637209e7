// Runs before any install in this workspace. The lockfile, the catalog and the workspace protocol are
// pnpm's: npm or yarn would build another tree (with a second tfjs-core) and say nothing.
import { readFileSync } from "node:fs";

const agent = process.env.npm_config_user_agent ?? "";
if (!agent.startsWith("pnpm/")) {
  const { packageManager } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const name = agent.split("/")[0] || "this client";
  console.error(
    `This workspace is installed by pnpm, not by ${name}.\n` +
      "  npm start    installs what it needs and trains the main job\n" +
      "  npm test     installs everything and runs every test\n" +
      `  npx --yes ${packageManager} install --frozen-lockfile    installs only`,
  );
  process.exit(1);
}
