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
  return start(command(args), uid === undefined ? {} : { uid, gid: uid });
}

/** Starts `worker.ts <args>` in its own process namespace, as in a container. */
export function startInNamespace(args: string[]): Worker {
  return start(["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", ...command(args)]);
}

/** The same with the boot id from a file, as systemd-nspawn and LXC have one for each container. */
export function startWithBootId(args: string[], bootId: string): Worker {
  const prepare = 'mount --bind "$0" /proc/sys/kernel/random/boot_id';
  return start([
    ...["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"],
    ...["sh", "-c", `${prepare} && exec "$@"`, bootId, ...command(args)],
  ]);
}

/** Starts `worker.ts <args>` as another user who cannot see other users' processes, as with systemd's `ProtectProc=invisible`. */
export function startWithHiddenProcesses(args: string[], uid: number): Worker {
  const prepare = "mount -t proc -o hidepid=invisible proc /proc";
  const drop = ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
  return start(["unshare", "--mount", "sh", "-c", `${prepare} && exec "$@"`, "sh", ...drop, ...command(args)]);
}

function command(args: string[]): string[] {
  const script = fileURLToPath(new URL("worker.ts", import.meta.url));
  const runtime = "Deno" in globalThis ? ["run", "-A", "--no-prompt"] : [];
  return [process.execPath, ...runtime, script, ...args];
}

function start([program = "", ...args]: string[], user: { uid?: number; gid?: number } = {}): Worker {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"], ...user });
  const ended = new Promise<number | string | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(signal ?? code));
  });
  return { process: child, lines: createInterface({ input: child.stdout! })[Symbol.asyncIterator](), ended };
}

/** Waits for the worker to end; returns all its lines. */
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
