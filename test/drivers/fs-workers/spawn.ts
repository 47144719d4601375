/** Other processes of the same runtime, each running the worker beside this file. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Worker {
  process: ChildProcess;
  /** The lines it prints, until it ends. */
  lines: AsyncIterator<string>;
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | string | null>;
}

/** Starts `worker.ts <args>`; `uid` drops privileges. */
export function startWorker(args: string[], uid?: number): Worker {
  const script = fileURLToPath(new URL("worker.ts", import.meta.url));
  const runtime = "Deno" in globalThis ? ["run", "-A", "--no-prompt"] : [];
  const child = spawn(process.execPath, [...runtime, script, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const ended = new Promise<number | string | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(signal ?? code));
  });
  return { process: child, lines: createInterface({ input: child.stdout! })[Symbol.asyncIterator](), ended };
}

/** Every line of a worker that ends by itself or by a signal. */
export async function allLines(worker: Worker): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const { value, done } = await worker.lines.next();
    if (done) break;
    lines.push(value);
  }
  await worker.ended;
  return lines;
}
