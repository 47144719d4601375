/** From arguments to an exit code. */

import { type Args, COMMON, type Context } from "./shared/command.ts";
import { describe, type Failure, isAnonError, printable, quote, redact, UsageError, usage } from "./shared/errors.ts";
import { commandHelp, rootHelp } from "./shared/help.ts";
import { type Io, ReaderGone } from "./shared/io.ts";
import { createMessages } from "./shared/messages.ts";
import { nearest } from "./shared/nearest.ts";
import { createOutput } from "./shared/output.ts";
import { beforeDashes, checkFlags, checkValues, indexOfCommand } from "./shared/strict.ts";
import { COMMANDS } from "./shared/table.ts";
import { version } from "./version.ts";

/** 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 130;

/** They say no more than the exit code does. */
const NO_CODE: ReadonlySet<string> = new Set(["usage", "interrupted"]);

/** Runs the program. Never throws: what fails is shown, and its exit code answered. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  const flags = beforeDashes(argv);
  const json = flags.includes("--json");
  const out = createOutput(() => io.stdout);
  const messages = createMessages(io, !flags.includes("--no-color"));
  const context: Context = { io, out, messages, json, storage: undefined, hidden: [] };
  try {
    const code = await run(argv, context);
    await context.out.flush();
    return code;
  } catch (error) {
    if (error instanceof ReaderGone) return 0;
    const failure = describe(error, context.hidden);
    const stack =
      flags.includes("--debug") && failure.code === "unexpected" ? (error as Error | null)?.stack : undefined;
    return await fail(failure, stack && redact(stack, context.hidden), context);
  }
}

async function run(argv: readonly string[], context: Context): Promise<ExitCode> {
  const { io, json } = context;
  const say = (what: "version" | "help", text: string) => io.say(json ? JSON.stringify({ [what]: text }) : text);
  const at = indexOfCommand(argv);
  const first = checkFlags(argv.slice(0, at), { ...COMMON, version: { type: "boolean" } }, "anon");
  const name = argv[at];
  if (name === undefined || first.has("version")) {
    if (first.has("version")) say("version", version);
    else if (first.has("help")) say("help", rootHelp());
    else throw new UsageError(`Cannot run without a command: there are ${[...COMMANDS.keys()].join(", ")}`);
    return 0;
  }
  const entry = COMMANDS.get(name);
  if (!entry) {
    const meant = nearest(name, [...COMMANDS.keys()]);
    const hint = meant ? `did you mean ${meant}?` : `there are ${[...COMMANDS.keys()].join(", ")}`;
    throw new UsageError(`Cannot run the unknown command ${quote(name)}: ${hint}`);
  }
  const { default: command } = await entry.load();
  const where = `anon ${name}`;
  // flags before the command mean the same as after it
  const rawArgs = argv.filter((_, index) => index !== at);
  const given = checkFlags(rawArgs, command.args, where);
  // a request for help comes before errors in the values
  if (given.has("help")) {
    say("help", commandHelp(name, command));
    return 0;
  }
  const { runCommand } = await import("citty");
  // our own checks say what is missing
  const args = Object.fromEntries(Object.entries(command.args).map(([key, arg]) => [key, { ...arg, required: false }]));
  try {
    const { result } = await runCommand(
      {
        args: args as Args,
        async run(parsed) {
          const values = await checkValues(parsed.args, command.args, where);
          return command.run(values, { ...context, storage: values.storage as string | undefined });
        },
      },
      { rawArgs },
    );
    return (result as ExitCode | undefined) ?? 0;
  } catch (error) {
    throw named(error, command.args, given);
  }
}

/** A refusal of a flag's value names the flag. */
function named(error: unknown, args: Args, given: ReadonlySet<string>): unknown {
  if (!isAnonError(error)) return error;
  const name = [...given].find((one) => args[one]?.refusals?.includes(error.code));
  return name === undefined ? error : usage(error, `--${name}`);
}

async function fail(
  { code, message, exitCode }: Failure,
  stack: string | undefined,
  { out, messages, json }: Context,
): Promise<ExitCode> {
  let shown = json;
  try {
    if (json) await out.json({ error: { code, message } });
    await out.flush();
  } catch {
    // stdout is what failed (a full disk)
    shown = false;
  }
  if (!shown) await messages.error(NO_CODE.has(code) ? message : `${message} [${code}]`);
  if (stack) await messages.log(stack.split("\n").map(printable).join("\n"));
  return exitCode;
}
