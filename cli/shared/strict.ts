/** What citty lets pass is refused here: unknown, missing, repeated and extra arguments, and values that mean nothing. */
import type { Arg, Args } from "./command.ts";
import { isAnonError, quote, UsageError, usage } from "./errors.ts";
import { nearest } from "./nearest.ts";

/** Arguments taken apart: each flag once, by its full name. `true` is a flag without a value. */
export interface Parsed {
  flags: Map<string, string | true>;
  positionals: string[];
}

const WHOLE = /^[1-9]\d{0,14}$/;

/** Takes arguments apart by what `args` allows; `stopAtPositional` is for what stands before the command. */
export function parse(
  argv: readonly string[],
  args: Args,
  where: string,
  stopAtPositional = false,
): Parsed & { rest: string[] } {
  const flags = new Map<string, string | true>();
  const positionals: string[] = [];
  let index = 0;
  for (; index < argv.length; index++) {
    const token = argv[index] as string;
    if (token === "--") {
      positionals.push(...argv.slice(index + 1).map(withoutMark));
      index = argv.length;
      break;
    }
    if (token === "-" || !token.startsWith("-")) {
      if (stopAtPositional) break;
      positionals.push(withoutMark(token));
      continue;
    }
    const equals = token.indexOf("=");
    const typed = equals < 0 ? token : token.slice(0, equals);
    const name = nameOf(typed, args);
    const arg = name === undefined ? undefined : args[name];
    if (name === undefined || !arg) throw new UsageError(unknownFlag(typed, args, where));
    if (flags.has(name)) throw new UsageError(`Cannot use --${name} twice: give it once`);
    if (arg.type === "boolean") {
      if (equals >= 0) throw new UsageError(`Cannot give --${name} a value: it is on when it is there`);
      flags.set(name, true);
      continue;
    }
    const given = equals < 0 ? valueAfter(argv[index + 1]) : token.slice(equals + 1);
    const value = given === undefined ? given : withoutMark(given);
    if (value === undefined || value === "") {
      throw new UsageError(`Cannot use --${name} without a value: it takes ${accepted(arg)}`);
    }
    if (equals < 0) index++;
    flags.set(name, value);
  }
  return { flags, positionals, rest: argv.slice(index) };
}

/** Checks the arguments of a command, and returns them in a form that citty cannot misread. */
export async function strict(argv: readonly string[], args: Args, where: string): Promise<string[]> {
  const { flags, positionals } = parse(argv, args, where);
  // a request for help comes before errors in the other arguments
  if (flags.has("help")) return ["--help"];
  const wanted = Object.entries(args).filter(([, arg]) => arg.type === "positional");
  for (const [position, [name, arg]] of wanted.entries()) {
    if (!positionals[position])
      throw new UsageError(`Cannot run ${where} without <${arg.valueHint ?? name}>: see ${where} --help`);
  }
  const extra = positionals[wanted.length];
  if (extra !== undefined) {
    const takes = wanted.map(([name, arg]) => `<${arg.valueHint ?? name}>`).join(" ") || "flags only";
    throw new UsageError(`Cannot run ${where} with the extra argument ${quote(extra)}: it takes ${takes}`);
  }
  for (const [name, arg] of Object.entries(args)) {
    const value = flags.get(name);
    if (typeof value === "string") await checkValue(name, arg, value);
    else if (arg.required && value === undefined && arg.type !== "positional") {
      throw new UsageError(`Cannot run ${where} without --${name}: it takes ${accepted(arg)}`);
    }
  }
  return [
    ...[...flags].map(([name, value]) => (value === true ? `--${name}` : `--${name}=${value}`)),
    "--",
    ...positionals,
  ];
}

async function checkValue(name: string, arg: Arg, value: string): Promise<void> {
  if (arg.kind === "count") {
    if (!WHOLE.test(value) || Number(value) > (arg.maximum ?? Number.MAX_SAFE_INTEGER)) {
      throw new UsageError(`Cannot use --${name} ${quote(value)}: it takes ${accepted(arg)}`);
    }
  } else if (arg.kind === "object") {
    if (!isObject(value)) throw new UsageError(`Cannot read --${name}: it takes ${accepted(arg)}`);
    const { faultOfJson, roundedNumber } = await import("../../sdk/account/json-text.ts");
    const fault = faultOfJson(value);
    if (fault?.is === "twice") throw new UsageError(`Cannot read --${name}: it has ${quote(fault.path)} twice`);
    if (fault?.is === "rounded") throw usage(roundedNumber(fault.path), `--${name}`);
  } else if (arg.kind === "duration") {
    const { parseDuration } = await import("../../sdk/settings/duration.ts");
    try {
      parseDuration(value);
    } catch (error) {
      throw isAnonError(error) ? usage(error, `--${name}`) : error;
    }
  }
}

/** A text that was read from a file (`--data "$(cat file)"`) may begin with a byte order mark, which is none of it. */
function withoutMark(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** The next argument, unless it is a flag; a number may be negative, so that it is refused as what it is. */
function valueAfter(next: string | undefined): string | undefined {
  return next?.startsWith("-") && !/^-\d/.test(next) ? undefined : next;
}

function nameOf(typed: string, args: Args): string | undefined {
  const long = typed.startsWith("--") ? typed.slice(2) : undefined;
  for (const [name, arg] of Object.entries(args)) {
    if (arg.type === "positional") continue;
    if (long === undefined ? "alias" in arg && `-${arg.alias}` === typed : long === name) return name;
  }
  return undefined;
}

function unknownFlag(typed: string, args: Args, where: string): string {
  const names = Object.entries(args).flatMap(([name, arg]) => (arg.type === "positional" ? [] : [`--${name}`]));
  const meant = nearest(typed, names);
  const hint = meant ? `did you mean ${meant}?` : `it takes ${names.join(", ")}`;
  return `Cannot use the unknown flag ${quote(typed)} with ${where}: ${hint}`;
}

function accepted(arg: Arg): string {
  if (arg.kind === "count") {
    return arg.maximum ? `a whole number from 1 to ${arg.maximum}` : "a whole number from 1";
  }
  if (arg.kind === "duration") return "a duration such as 30d, 12h, 90m or P30D";
  if (arg.kind === "object") return `a JSON object such as '{"plan":"free"}'`;
  return `<${arg.valueHint ?? "value"}>`;
}
