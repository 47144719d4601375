/** What a command touches of the process, in one object, so that a test can hand it another. */
import { UsageError } from "./errors.ts";

/** Where text goes. */
export interface Sink {
  readonly isTTY: boolean;
  /** Resolves when the text is out, which is what keeps a slow reader from filling the memory. */
  write(text: string): Promise<void>;
}

/** Where input comes from. */
export interface Source {
  readonly isTTY: boolean;
  chunks(): AsyncIterable<Uint8Array>;
  /** Switches the terminal's echo and line editing off or on again. */
  setRaw(raw: boolean): void;
}

export interface Io {
  env: Record<string, string | undefined>;
  /** Throws when it was deleted. */
  readonly cwd: string;
  stdin: Source;
  stdout: Sink;
  stderr: Sink;
  /** Puts a short text on stdout without opening the stream, which alone takes Bun 12 ms: for `--help`. */
  say(text: string): void;
  /** From now on stdout is this program's alone: what a configuration, a hook or a package prints goes to stderr. */
  claimStdout(): Promise<void>;
  /** From now on an interrupt does not end the process but aborts the signal; a second one ends it. */
  interruptible(): AbortSignal;
}

/** The reader went away (`anon list | head -1`): a quiet end, not a failure. */
export class ReaderGone extends Error {
  override readonly name: string = "ReaderGone";
}

/** npm hands on the Ctrl-C its child has had from the terminal already: within this time they are one. */
const SAME_KEYPRESS_MS = 250;

function sink(stream: NodeJS.WriteStream): Sink {
  // A failed write is reported to its callback; without a listener the same failure would end the process as well.
  stream.on("error", () => undefined);
  // kept, because claimStdout replaces it
  const write = stream.write.bind(stream) as (text: string, done: (error?: Error | null) => void) => boolean;
  return {
    isTTY: stream.isTTY === true,
    write: (text) =>
      new Promise((resolve, reject) => {
        write(text, (error) => {
          if (!error) resolve();
          else reject((error as NodeJS.ErrnoException).code === "EPIPE" ? new ReaderGone() : error);
        });
      }),
  };
}

/** Sends what others print to stderr. The console of Bun and of Deno does not go through `process.stdout`. */
async function divertOthers(): Promise<void> {
  // here, because it takes Bun as long as all of `--help`
  const { Console } = await import("node:console");
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  const onStderr = new Console({ stdout: process.stderr, stderr: process.stderr });
  // its methods and not the object, which `node:console` exports and packages keep
  for (const [name, method] of Object.entries(onStderr)) {
    if (typeof method === "function") Object.assign(console, { [name]: method.bind(onStderr) });
  }
  if ("write" in console) Object.assign(console, { write: (text: unknown) => process.stderr.write(String(text)) });
}

/** The process's own. Streams are opened when first used: opening one costs milliseconds of `--help`. */
export function processIo(): Io {
  let stdout: Sink | undefined;
  let stderr: Sink | undefined;
  const abort = new AbortController();
  let interruptedAt = 0;
  let graceful = false;
  let claimed = false;
  const interrupt = () => {
    if (!graceful) process.exit(130);
    if (interruptedAt === 0) interruptedAt = performance.now();
    else if (performance.now() - interruptedAt > SAME_KEYPRESS_MS) process.exit(130);
    abort.abort();
  };
  process.on("SIGINT", interrupt);
  const openStdout = () => (stdout ??= sink(process.stdout));
  const openStderr = () => (stderr ??= sink(process.stderr));
  return {
    env: process.env,
    get cwd() {
      try {
        return process.cwd();
      } catch {
        throw new UsageError("Cannot use the current directory: it was deleted, change to one that exists");
      }
    },
    stdin: {
      get isTTY() {
        return process.stdin.isTTY === true;
      },
      chunks: () => process.stdin,
      setRaw: (raw) => void process.stdin.setRawMode?.(raw),
    },
    get stdout() {
      return openStdout();
    },
    get stderr() {
      return openStderr();
    },
    say: (text) => console.log(text),
    async claimStdout() {
      if (claimed) return;
      claimed = true;
      openStdout();
      openStderr();
      await divertOthers();
    },
    interruptible() {
      graceful = true;
      process.on("SIGTERM", interrupt);
      return abort.signal;
    },
  };
}
