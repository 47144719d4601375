/** Other processes of the runtime that runs the test, each a worker script that speaks JSON, one document per line. */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A worker that was started. */
export interface Worker {
  pid: number;
  /** The next line it wrote; rejects when it ends before it writes one. */
  next<T>(): Promise<T>;
  /** Sends a line to its standard input. */
  send(message: unknown): void;
  /** Resolves with its exit code, `null` when it was killed. */
  ended: Promise<number | null>;
  kill(): Promise<void>;
}

/** What the running runtime is started with to run a script of ours. */
export function commandOf(script: string): [string, string[]] {
  const isDeno = "Deno" in globalThis;
  return [process.execPath, isDeno ? ["run", "-A", "--quiet", script] : [script]];
}

/** Starts a script with a JSON document as its only argument. */
export function startWorker(script: URL, input: unknown): Worker {
  const [command, args] = commandOf(fileURLToPath(script));
  const child = spawn(command, [...args, JSON.stringify(input)], { stdio: ["pipe", "pipe", "pipe"] });
  return supervise(child);
}

function supervise(child: ChildProcess): Worker {
  const lines: string[] = [];
  let wake: () => void = () => undefined;
  let errors = "";
  let over = false;
  child.stderr?.on("data", (chunk) => {
    errors = `${errors}${chunk}`.slice(-4_000);
  });
  createInterface({ input: child.stdout! }).on("line", (line) => {
    lines.push(line);
    wake();
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", (code) => {
      over = true;
      wake();
      resolve(code);
    });
  });
  return {
    pid: child.pid!,
    ended,
    async next<T>() {
      while (lines.length === 0) {
        if (over) throw new Error(`The worker ended before it answered: ${errors}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return JSON.parse(lines.shift()!) as T;
    },
    send(message) {
      child.stdin?.write(`${JSON.stringify(message)}\n`);
    },
    async kill() {
      if (!over) child.kill("SIGKILL");
      await ended;
    },
  };
}
