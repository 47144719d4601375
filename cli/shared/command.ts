/** What a command is: a citty command whose arguments say a little more, and examples. */
import type { ArgDef, CommandDef } from "citty";
import type { Io } from "./io.ts";
import type { Output } from "./output.ts";

/** A citty argument, with what its value must be. */
export type Arg = ArgDef & {
  kind?: "count" | "duration" | "object";
  maximum?: number;
  /** The SDK's codes that mean its value. */
  refusals?: readonly string[];
};
export type Args = Record<string, Arg>;

/** The values of arguments, as the strict layer lets them through: a required one is there. */
export type Values<A extends Args> = {
  [K in keyof A]: A[K] extends { type: "boolean" }
    ? boolean
    : A[K] extends { required: true } | { type: "positional" }
      ? string
      : string | undefined;
};

/** What a command's `run` gets beside its values. */
export interface Context {
  io: Io;
  out: Output;
  /** `--json` */
  json: boolean;
  /** `--storage` */
  storage: string | undefined;
  /** Texts that must never be shown, whatever fails. */
  hidden: string[];
}

/** Exit code 1 for a command that ran, printed its result and is not content with it; 130 for one that was stopped. */
// biome-ignore lint/suspicious/noConfusingVoidType: most commands have nothing to answer
export type Outcome = void | 1 | 130;

export interface Command {
  name: string;
  description: string;
  args: Args;
  examples: readonly string[];
  /** The command as citty runs it. */
  citty: (context: Context) => CommandDef<Args>;
}

/** `--collection`, and what it is for. */
export function collectionFlag(description: string): Arg & { type: "string" } {
  return { type: "string", valueHint: "name", description, refusals: ["invalid_collection", "unknown_collection"] };
}

/** The flags every command has. */
export const COMMON: Args = {
  storage: {
    type: "string",
    valueHint: "url",
    description: "fs:./dir, redis://…, rediss://…, redis+cluster://h:p,h:p or memory: (ANON_STORAGE; default fs:.anon)",
  },
  json: { type: "boolean", description: "One JSON document per line on stdout, and nothing else" },
  "no-color": { type: "boolean", description: "No colours (also NO_COLOR)" },
  debug: { type: "boolean", description: "Show the stack of an unexpected error" },
  help: { type: "boolean", alias: "h", description: "Show this help" },
};

/** Makes a command; the types of `run`'s values follow from `args`. */
export function command<const A extends Args>(definition: {
  name: string;
  description: string;
  args: A;
  examples: readonly string[];
  run: (values: Values<A>, context: Context) => Promise<Outcome>;
}): Command {
  const { name, description, examples, run } = definition;
  const args = { ...definition.args, ...COMMON };
  return {
    name,
    description,
    args,
    examples,
    citty: (context) => ({
      meta: { name: `anon ${name}`, description },
      args,
      run: (cli) => run(cli.args as unknown as Values<A>, context),
    }),
  };
}
