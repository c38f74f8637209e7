import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const library = new URL("../dist/index.js", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "igr-processes-"));
const path = join(folder, "lock");
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});
beforeAll(() => {
  if (!existsSync(library)) throw new Error("packages/files is not built: run `npm test`, which builds first");
});

/** A process that runs `body`; its output comes line by line. */
function start(body: string, env: Record<string, string> = {}): { child: ChildProcess; line: () => Promise<string> } {
  const code = `import { FileLock, withLock } from ${JSON.stringify(library.href)}; const path = ${JSON.stringify(path)};\n${body}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  children.push(child);
  let text = "";
  child.stdout?.on("data", (piece) => {
    text += piece;
  });
  const line = async () => {
    while (!text.includes("\n")) await once(child.stdout as NodeJS.ReadableStream, "data");
    const end = text.indexOf("\n");
    const first = text.slice(0, end);
    text = text.slice(end + 1);
    return first;
  };
  return { child, line };
}

const holdForever = `await FileLock.take(path, { owner: "a" }); console.log("held"); setInterval(() => {}, 1000);`;
const takeOnce = `await FileLock.take(path, { owner: "b", warn: () => {} }).then(
  async (lock) => { console.log("taken"); await lock.release(); },
  (error) => console.log(error.reason, error.holder?.pid));`;

test("a lock is another process' while that one lives, and is free once it was killed", async () => {
  const holder = start(holdForever);
  expect(await holder.line()).toBe("held");
  expect(await start(takeOnce).line()).toBe(`busy ${holder.child.pid}`);
  const ended = once(holder.child, "exit");
  holder.child.kill("SIGKILL");
  await ended;
  expect(existsSync(path)).toBe(true);
  expect(await start(takeOnce).line()).toBe("taken");
});

test("a counter that many processes read and write under the lock loses no step", async () => {
  const counter = join(folder, "counter");
  writeFileSync(counter, "0");
  const count = `import { readFileSync, writeFileSync } from "node:fs";
    for (let i = 0; i < 20; i++) await withLock(path, async () => {
      const value = Number(readFileSync(${JSON.stringify(counter)}, "utf8"));
      await new Promise((resolve) => setTimeout(resolve, 1));
      writeFileSync(${JSON.stringify(counter)}, String(value + 1));
    }, { owner: "count", patience: 60_000, pollMilliseconds: 1 });
    console.log("done");`;
  // One of them without hard links: both ways keep each other out.
  const noLinks = `const { default: fs } = await import("node:fs/promises"); fs.link = async () => { throw Object.assign(new Error("no"), { code: "ENOSYS" }); };\n`;
  const processes = [start(count), start(count), start(noLinks + count)];
  for (const { line } of processes) expect(await line()).toBe("done");
  expect(readFileSync(counter, "utf8")).toBe("60");
});
