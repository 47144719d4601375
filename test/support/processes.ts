/** Processes of the runtime under test. Each is a worker script that exchanges JSON, one document per line. */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A running worker. */
export interface Worker {
  pid: number;
  /** Reads the next line; rejects if the worker ends before it writes one. */
  next<T>(): Promise<T>;
  /** Sends a line to its standard input. */
  send(message: unknown): void;
  /** Resolves with the exit code, or `null` if it was killed. */
  ended: Promise<number | null>;
  kill(): Promise<void>;
}

/** The command and arguments that run a script on the current runtime. */
export function commandOf(script: string): [string, string[]] {
  const isDeno = "Deno" in globalThis;
  return [process.execPath, isDeno ? ["run", "-A", "--quiet", script] : [script]];
}

/** Starts a script with `input` as JSON as its only argument. */
export function startWorker(script: URL, input: unknown): Worker {
  const [command, args] = commandOf(fileURLToPath(script));
  const child = spawn(command, [...args, JSON.stringify(input)], { stdio: ["pipe", "pipe", "pipe"] });
  return supervise(child);
}

function supervise(child: ChildProcess): Worker {
  const lines: string[] = [];
  let wake: () => void = () => undefined;
  let errors = "";
  let isOver = false;
  child.stderr?.on("data", (chunk) => {
    errors = `${errors}${chunk}`.slice(-4_000);
  });
  createInterface({ input: child.stdout! }).on("line", (line) => {
    lines.push(line);
    wake();
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", (code) => {
      isOver = true;
      wake();
      resolve(code);
    });
  });
  return {
    pid: child.pid!,
    ended,
    async next<T>() {
      while (lines.length === 0) {
        if (isOver) throw new Error(`The worker ended before it wrote a line: ${errors}`);
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
      if (!isOver) child.kill("SIGKILL");
      await ended;
    },
  };
}
