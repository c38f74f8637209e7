// Runs `igr` commands one after the other in this process, which loads the program once. The first argument has the command
// lines as JSON; the output is the exit code and both streams of each.
import { fileURLToPath } from "node:url";
import { main } from "../dist/cli.js";

const program = fileURLToPath(new URL("../bin/igr.mjs", import.meta.url));
const streams = ["stdout", "stderr"];
// Each call of `main` listens for the end of the reader.
for (const name of streams) process[name].setMaxListeners(0);
const write = process.stdout.write.bind(process.stdout);

const ended = [];
for (const line of JSON.parse(process.argv[2])) {
  const printed = { stdout: "", stderr: "" };
  for (const name of streams) {
    process[name].write = (text, ...rest) => {
      printed[name] += text;
      rest.find((each) => typeof each === "function")?.();
      return true;
    };
  }
  ended.push({ code: await main([process.execPath, program, ...line]), ...printed });
}
write(JSON.stringify(ended));
