/** Runs the CLI: as a process of the runtime under test, or in this process for many small runs. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type ExitCode, main } from "../../cli/main.ts";
import type { Io, Sink } from "../../cli/shared/io.ts";

const ENTRY = fileURLToPath(new URL("../../cli/anon.ts", import.meta.url));

/** The command line before the CLI's own arguments. */
export const COMMAND: readonly string[] =
  "Deno" in globalThis ? [process.execPath, "run", "-A", ENTRY] : [process.execPath, ENTRY];

/** For tests that start processes: a busy machine takes longer than the five seconds that some runners allow. */
export const SLOW: { timeout: number } = { timeout: 120_000 };

export interface RunResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd: string;
  env?: Record<string, string>;
  input?: string;
}

/** This process's environment without the variables that configure the CLI or its runtime. */
export function environment(env: Record<string, string> = {}): Record<string, string | undefined> {
  const configuration = /^(ANON_|NODE_(?!COMPILE_CACHE$)|NO_COLOR$|FORCE_COLOR$)/;
  const inherited = Object.entries(process.env).filter(([name]) => !configuration.test(name));
  return { ...Object.fromEntries(inherited), ...env };
}

/** Starts the CLI; stdin stays open. */
export function start(args: readonly string[], { cwd, env }: RunOptions): ChildProcess {
  const [program = "", ...before] = COMMAND;
  return spawn(program, [...before, ...args], { cwd, env: environment(env), stdio: ["pipe", "pipe", "pipe"] });
}

/** Waits for a process to end, and returns its exit code and output. */
export function ended(child: ChildProcess): Promise<RunResult> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs the CLI to its end, with `input` as the whole of stdin. */
export function run(args: readonly string[], options: RunOptions): Promise<RunResult> {
  const child = start(args, options);
  // a command that does not read stdin may end before all of it is written
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.input ?? "");
  return ended(child);
}

/** The documents that a `--json` run printed; throws if stdout has anything else. */
export function documents<T = Record<string, unknown>>({ stdout }: RunResult): T[] {
  return stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as T]));
}

/** Runs the CLI in this process without a terminal, with `input` as stdin. */
export async function runHere(
  args: readonly string[],
  { cwd, env = {}, input = "" }: RunOptions,
): Promise<RunResult & { code: ExitCode }> {
  const output = { stdout: "", stderr: "" };
  const sink = (name: "stdout" | "stderr"): Sink => ({
    isTTY: false,
    async write(text) {
      output[name] += text;
    },
  });
  let directory = cwd;
  const io: Io = {
    env,
    get cwd() {
      return directory;
    },
    changeDirectory(path) {
      directory = resolve(directory, path);
    },
    stdin: {
      isTTY: false,
      async *chunks() {
        yield new TextEncoder().encode(input);
      },
      setRaw: () => undefined,
    },
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    say(text) {
      output.stdout += `${text}\n`;
    },
    claimStdout: async () => undefined,
    interruptible: () => new AbortController().signal,
  };
  const code = await main(args, io);
  return { code, ...output };
}

/** Runs `action` in a temporary directory, which is removed afterwards. */
export async function inDirectory(action: (cwd: string) => Promise<void>): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "anon-cli-"));
  try {
    await action(cwd);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}
