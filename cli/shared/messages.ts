/** What the program says on stderr beside questions: notices, errors and progress, through one consola. */
import type { ConsolaInstance } from "consola/core";
import type { Io } from "./io.ts";

export interface Messages {
  /** A detail, for `--verbose`. */
  debug(text: string): Promise<void>;
  /** A notice beside the result. */
  info(text: string): Promise<void>;
  error(text: string): Promise<void>;
  /** Text as it is. */
  log(text: string): Promise<void>;
  /**
   * One line on a terminal, which is replaced at most every 100 ms. It begins when the program has run for two seconds. Elsewhere it
   * writes nothing: a log would be full of it.
   */
  progress(text: string): void;
  /** Removes the line of the progress. */
  endProgress(): Promise<void>;
}

/** How much is said: `quiet` leaves out notices and progress, `verbose` adds details. */
export type Level = "quiet" | "normal" | "verbose";

type Type = "debug" | "info" | "error" | "log" | "progress";

const ERASE_LINE = "\r\u001b[2K";
const EVERY_MS = 100;
const PATIENCE_MS = 2_000;

/**
 * Colours only on a terminal, and only if `colour` and the environment allow them. `began` is when the program did, as
 * `performance.now()` has it.
 */
export function createMessages(
  io: Io,
  colour: boolean,
  level: Level = "normal",
  began: number = performance.now(),
): Messages {
  let loading: Promise<Record<Type, (text: string) => void>> | undefined;
  let written: Promise<void> | undefined;
  let latest = "";
  let shownAt: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const write = (type: string, text: string): void => {
    // a terminal that is gone must not stop the work
    written = io.stderr.write(formatted(type, text, colour && allowsColour(io))).catch(() => undefined);
  };

  const load = async () => {
    const { createConsola, LogLevels, LogTypes } = await import("consola/core");
    const types = { ...LogTypes, progress: { level: 3 } };
    const reporter = {
      log: ({ type, args: [text] }: { type: string; args: unknown[] }) => write(type, String(text)),
    };
    return createConsola({ types, level: LogLevels.verbose, throttle: 0, reporters: [reporter] }) as ConsolaInstance &
      Record<Type, () => void>;
  };

  // consola does not wait for its reporters, and a slow terminal must be waited for
  const say = async (type: Type, text: string): Promise<void> => {
    // loaded only when there is something to say
    loading ??= load();
    // in a damaged installation it may not load, and then too the failure itself must be shown
    const consola = await loading.catch(() => null);
    if (consola) consola[type](text);
    else write(type, text);
    await written;
  };

  const show = (): void => {
    clearTimeout(timer);
    timer = undefined;
    shownAt = performance.now();
    void say("progress", latest);
  };

  return {
    // consola is not loaded for what is not shown
    debug: async (text) => (level === "verbose" ? say("debug", text) : undefined),
    info: async (text) => (level === "quiet" ? undefined : say("info", text)),
    error: (text) => say("error", text),
    log: (text) => say("log", text),
    progress(text) {
      if (level === "quiet" || !io.stderr.isTTY) return;
      latest = text;
      const wait = (shownAt === undefined ? began + PATIENCE_MS : shownAt + EVERY_MS) - performance.now();
      // the next call may come much later
      if (wait > 0) timer ??= setTimeout(show, wait);
      else show();
    },
    async endProgress() {
      clearTimeout(timer);
      timer = undefined;
      if (shownAt !== undefined) await say("progress", "");
    },
  };
}

function allowsColour({ stderr, env }: Io): boolean {
  return stderr.isTTY && !env.NO_COLOR && env.TERM !== "dumb";
}

function formatted(type: string, text: string, colour: boolean): string {
  if (type === "progress") return ERASE_LINE + text;
  if (type === "error") return `${colour ? "\u001b[31manon:\u001b[39m" : "anon:"} ${text}\n`;
  if (type === "debug") return `${colour ? "\u001b[90m›\u001b[39m" : "[debug]"} ${text}\n`;
  if (type === "info") return `${colour ? "\u001b[36mℹ\u001b[39m" : "[info]"} ${text}\n`;
  return `${text}\n`;
}
