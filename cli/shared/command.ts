/** What a command is: a description, citty arguments with more to check, examples, and what it does. */
import type { ArgDef } from "citty";
import type { Duration } from "../../sdk/types.ts";
import type { Io } from "./io.ts";
import type { Messages } from "./messages.ts";
import type { Output } from "./output.ts";

/** A citty argument, with what its value must be. No flag is required. */
export type Arg = ArgDef & {
  /** `count`: a number. `object`: a JSON object. Both are parsed for `run`. */
  kind?: "count" | "duration" | "object";
  maximum?: number;
  /** The words it takes, which completions offer. */
  choices?: readonly string[];
  /** Of an argument: it may be missing. The command says with which flags. */
  optional?: boolean;
  /** The SDK's error codes that refuse the value of this flag. */
  refusals?: readonly string[];
};
export type Args = Record<string, Arg>;

/** The values of arguments after the checks of `strict.ts`. */
export type Values<A extends Args> = {
  [K in keyof A]: A[K] extends { type: "boolean" }
    ? boolean
    : A[K] extends { type: "positional" }
      ? A[K] extends { optional: true }
        ? string | undefined
        : string
      :
          | (A[K] extends { kind: "count" }
              ? number
              : A[K] extends { kind: "object" }
                ? Record<string, unknown>
                : A[K] extends { kind: "duration" }
                  ? Duration
                  : string)
          | undefined;
};

/** What a command's `run` gets beside its values. */
export interface Context {
  io: Io;
  out: Output;
  messages: Messages;
  /** `--json` */
  json: boolean;
  /** `--storage` */
  storage: string | undefined;
  /** `--config` */
  config: string | undefined;
  /** Texts that must never be shown, whatever fails. */
  hidden: string[];
}

/** 1: the command printed its result, which is a failure. 130: it was interrupted. */
// biome-ignore lint/suspicious/noConfusingVoidType: most commands return nothing
export type Outcome = void | 1 | 130;

export interface Command {
  description: string;
  args: Args;
  examples: readonly string[];
  run: (values: Values<Args>, context: Context) => Promise<Outcome>;
}

/** `--collection`, and what it is for. */
export function collectionFlag(description: string): Arg & { type: "string" } {
  return { type: "string", valueHint: "name", description, refusals: ["invalid_collection", "unknown_collection"] };
}

export const USERNAME_FLAG: Arg & { type: "string" } = {
  type: "string",
  valueHint: "name",
  description: "Its new username",
  refusals: ["invalid_username", "reserved_username"],
};

/** The flags that every command has. */
export const COMMON: Args = {
  storage: {
    type: "string",
    valueHint: "url",
    description:
      "fs:./dir, sqlite:./file, postgres://…, redis://…, rediss://…, redis+cluster://h:p,h:p or memory: (ANON_STORAGE; default fs:.anon)",
  },
  config: {
    type: "string",
    valueHint: "file",
    description: "The configuration (ANON_CONFIG; default anon.config.* of the current directory)",
  },
  cwd: { type: "string", valueHint: "dir", description: "Run in this directory: relative paths begin there" },
  json: { type: "boolean", description: "One JSON document per line on stdout, and nothing else" },
  quiet: { type: "boolean", alias: "q", description: "Neither notices nor progress on stderr, only errors" },
  verbose: { type: "boolean", description: "More on stderr: the configuration, the storage, the time it took" },
  color: { type: "boolean", negativeDescription: "No colours (also NO_COLOR)" },
  debug: { type: "boolean", description: "Show the stack of an unexpected error" },
  help: { type: "boolean", alias: "h", description: "Show this help" },
};

/** A flag before the command only. */
export const VERSION: Arg = { type: "boolean", alias: "v", description: "Show the version" };

/** How a flag is typed. One with a description of its negation is on by default, and has only `--no-…`. */
export function spelled(name: string, arg: Arg): string {
  return "negativeDescription" in arg ? `--no-${name}` : `--${name}`;
}

/** Makes a command; the types of `run`'s values follow from `args`. */
export function command<const A extends Args>(
  definition: Omit<Command, "args" | "run"> & {
    args: A;
    run: (values: Values<A>, context: Context) => Promise<Outcome>;
  },
): Command {
  const all = Object.entries({ ...definition.args, ...COMMON });
  // `strict.ts` refuses what is missing, with our message and exit code
  const args = Object.fromEntries(all.map(([name, arg]) => [name, { ...arg, required: false }]));
  return { ...(definition as unknown as Command), args };
}
