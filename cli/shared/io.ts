/** The parts of the process that commands use, in one object that a test can replace. */
import { divertOutput } from "./divert-output.ts";
import { quote, UsageError } from "./errors.ts";
import { handleInterrupts } from "./interrupt.ts";

/** Where text goes. */
export interface Sink {
  readonly isTTY: boolean;
  /** The width of the terminal, if this is one. */
  readonly columns?: number | undefined;
  /** Resolves when the text is written: waiting for it keeps a slow reader from filling the memory. */
  write(text: string): Promise<void>;
}

/** Where input comes from. */
export interface Source {
  readonly isTTY: boolean;
  chunks(): AsyncIterable<Uint8Array>;
  /** Switches the terminal's echo and line editing off (`true`) or on. */
  setRaw(raw: boolean): void;
}

export interface Io {
  env: Record<string, string | undefined>;
  /** Throws if the directory was deleted. */
  readonly cwd: string;
  /** Makes another directory the current one, as `--cwd` asks. */
  changeDirectory(path: string): void;
  stdin: Source;
  stdout: Sink;
  stderr: Sink;
  /** Writes a short text to stdout without opening the stream, which takes Bun 12 ms: for `--help`. */
  say(text: string): void;
  /** From now on, what a configuration, a hook or a package prints to stdout goes to stderr. */
  claimStdout(): Promise<void>;
  /** From now on, the first interrupt aborts the signal instead of ending the process. The second one ends it. */
  interruptible(): AbortSignal;
}

function sink(stream: NodeJS.WriteStream): Sink {
  // the callback of a write gets its failure; without a listener the failure would also end the process
  stream.on("error", () => undefined);
  // kept, because claimStdout replaces it
  const write = stream.write.bind(stream) as (text: string, done: (error?: Error | null) => void) => boolean;
  return {
    isTTY: stream.isTTY === true,
    get columns() {
      // some terminals say 0 for unknown
      return stream.isTTY === true && stream.columns > 0 ? stream.columns : undefined;
    },
    write: (text) =>
      new Promise((resolve, reject) => {
        write(text, (error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
  };
}

/** The process's own. Streams are opened on first use, because opening one takes milliseconds. */
export function processIo(): Io {
  let stdout: Sink | undefined;
  let stderr: Sink | undefined;
  const interruptible = handleInterrupts();
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
    changeDirectory(path) {
      try {
        process.chdir(path);
      } catch (error) {
        const { code = "it failed" } = error as NodeJS.ErrnoException;
        const reason = code === "ENOENT" ? "there is no such directory" : `it cannot be entered (${code})`;
        throw new UsageError(`Cannot use --cwd ${quote(path)}: ${reason}`);
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
      openStdout();
      openStderr();
      await divertOutput();
    },
    interruptible,
  };
}
