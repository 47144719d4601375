/** From arguments to an exit code. */
import type { ParsedArgs } from "citty";
import { hint } from "../sdk/settings/nearest.ts";
import { type Args, COMMON, type Context, VERSION } from "./shared/command.ts";
import { blaming, describe, printable, quote, redact, UsageError } from "./shared/errors.ts";
import { commandHelp, rootHelp } from "./shared/help.ts";
import type { Io } from "./shared/io.ts";
import { createMessages } from "./shared/messages.ts";
import { createOutput, ReaderGone } from "./shared/output.ts";
import { beforeDashes, checkFlags, checkValues, indexOfCommand } from "./shared/strict.ts";
import { COMMANDS } from "./shared/table.ts";
import { version } from "./version.ts";

/** 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 130;

/** The error codes that say the same as the exit code. */
const NO_CODE: ReadonlySet<string> = new Set(["usage", "interrupted"]);

const HELP: ReadonlySet<string> = new Set(["--help", "-h"]);
const QUIET: ReadonlySet<string> = new Set(["--quiet", "-q"]);

/** Runs the program. Never throws: it shows a failure and returns its exit code. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  const flags = beforeDashes(argv);
  const json = flags.includes("--json");
  const out = createOutput(() => io.stdout, json);
  const level = flags.some((flag) => QUIET.has(flag)) ? "quiet" : flags.includes("--verbose") ? "verbose" : "normal";
  const messages = createMessages(io, !flags.includes("--no-color"), level);
  const context: Context = { io, out, messages, json, storage: undefined, config: undefined, hidden: [] };
  try {
    const code = await run(argv, context);
    await out.flush();
    return code;
  } catch (error) {
    return error instanceof ReaderGone ? 0 : await fail(error, context, flags.includes("--debug"));
  }
}

async function run(argv: readonly string[], context: Context): Promise<ExitCode> {
  const { io, json } = context;
  const say = (what: "version" | "help", text: string) => io.say(json ? JSON.stringify({ [what]: text }) : text);
  const at = indexOfCommand(argv);
  const first = checkFlags(argv.slice(0, at), { ...COMMON, version: VERSION }, "anon");
  const name = argv[at];
  // `anon help gc` means `anon gc --help`
  if (name === "help") return run([...argv.toSpliced(at, 1).filter((one) => !HELP.has(one)), "--help"], context);
  if (name === undefined || first.has("version")) {
    if (first.has("version")) say("version", version);
    // a script that lost its command has flags or an empty argument left, and is refused
    else if (first.has("help") || argv.length === 0) say("help", rootHelp());
    else throw new UsageError(`Cannot run without a command: there are ${[...COMMANDS.keys()].join(", ")}`);
    return 0;
  }
  const entry = COMMANDS.get(name);
  if (!entry) {
    throw new UsageError(`Cannot run the unknown command ${quote(name)}: ${hint(name, [...COMMANDS.keys()])}`);
  }
  // the words after the dashes are what is typed, for the script of the shell
  if (name === "complete" && argv[at + 1] === "--") {
    const { completionsOf } = await import("./shared/completions.ts");
    io.say(await completionsOf(argv.slice(at + 2)));
    return 0;
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
  if (given.has("quiet") && given.has("verbose")) {
    throw new UsageError("Cannot use --quiet together with --verbose: leave one out");
  }
  const { runCommand } = await import("citty");
  const checkAndRun = async (parsed: ParsedArgs<Args>) => {
    const values = await checkValues(parsed, command.args, where);
    const { storage, config, cwd } = values as Record<"storage" | "config" | "cwd", string | undefined>;
    if (cwd !== undefined) io.changeDirectory(cwd);
    return command.run(values, { ...context, storage, config });
  };
  const flagRefusedWith = (code: string) => {
    const flag = [...given].find((one) => command.args[one]?.refusals?.includes(code));
    return flag && `--${flag}`;
  };
  const { result } = await blaming(flagRefusedWith, () =>
    runCommand({ args: command.args, run: ({ args }) => checkAndRun(args) }, { rawArgs }),
  );
  return (result as ExitCode | undefined) ?? 0;
}

async function fail(error: unknown, { out, messages, json, hidden }: Context, debug: boolean): Promise<ExitCode> {
  const { code, message, exitCode } = describe(error, hidden);
  let shown = json;
  await messages.endProgress();
  try {
    if (json) await out.json({ error: { code, message } });
    await out.flush();
  } catch {
    // stdout is what failed (a full disk)
    shown = false;
  }
  if (!shown) await messages.error(NO_CODE.has(code) ? message : `${message} [${code}]`);
  const stack = debug && code === "unexpected" ? (error as Error | null)?.stack : undefined;
  if (stack) await messages.log(redact(stack, hidden).split("\n").map(printable).join("\n"));
  return exitCode;
}
