/**
 * Refuses what citty accepts silently. Flags are checked as they were typed, before citty parses them: every argument that
 * begins with `-` is one, because a value that begins with `-` is written `--flag=-value`. Values are checked after.
 */
import type { ParsedArgs } from "citty";
import { hint } from "../../sdk/settings/nearest.ts";
import { type Arg, type Args, COMMON, spelled, type Values } from "./command.ts";
import { blaming, quote, UsageError, usage } from "./errors.ts";

const WHOLE = /^[1-9]\d{0,14}$/;

/** The arguments before `--`, after which nothing is a flag. */
export function beforeDashes(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return end < 0 ? argv : argv.slice(0, end);
}

/** Where the command stands: the first argument that is neither a flag nor the value of a flag. */
export function indexOfCommand(argv: readonly string[]): number {
  const flags = beforeDashes(argv);
  const index = flags.findIndex(
    (token, at) => !isFlag(token) && flagOf(flags[at - 1] ?? "", COMMON)?.[1].type !== "string",
  );
  return index < 0 ? flags.length + 1 : index;
}

/** Refuses unknown and repeated flags, booleans with a value and other flags without one. Returns the names of the flags. */
export function checkFlags(argv: readonly string[], args: Args, where: string): Set<string> {
  const given = new Set<string>();
  const tokens = beforeDashes(argv);
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as string;
    if (!isFlag(token)) continue;
    const [, typed = token, value] = /^([^=]*)=(.*)$/s.exec(token) ?? [];
    const found = flagOf(typed, args);
    if (!found) throw new UsageError(unknownFlag(typed, args, where));
    const [name, arg] = found;
    if (given.has(name)) throw new UsageError(`Cannot use ${spelled(name, arg)} twice: give it once`);
    given.add(name);
    if (arg.type === "boolean") {
      if (value === undefined) continue;
      throw new UsageError(`Cannot give ${spelled(name, arg)} a value: it takes none`);
    }
    const text = value ?? tokens[++at] ?? "";
    // a number may be negative here: then its own check refuses it
    if (withoutMark(text) === "" || (value === undefined && /^-(?!\d)/.test(text))) {
      throw new UsageError(`Cannot use --${name} without a value: it takes ${accepted(arg)}`);
    }
  }
  return given;
}

/** Refuses missing and extra arguments and values that mean nothing. Returns the values that citty parsed. */
export async function checkValues(parsed: ParsedArgs<Args>, args: Args, where: string): Promise<Values<Args>> {
  const wanted = Object.entries(args).filter(([, arg]) => arg.type === "positional");
  const positionals = parsed._.map(withoutMark);
  for (const [position, [name, arg]] of wanted.entries()) {
    if (!positionals[position] && !arg.optional)
      throw new UsageError(`Cannot run ${where} without <${arg.valueHint ?? name}>: see ${where} --help`);
  }
  const extra = positionals[wanted.length];
  if (extra !== undefined) {
    const takes = wanted.map(([name, arg]) => `<${arg.valueHint ?? name}>`).join(" ") || "flags only";
    throw new UsageError(`Cannot run ${where} with the extra argument ${quote(extra)}: it takes ${takes}`);
  }
  const values: Record<string, unknown> = {};
  for (const [name, arg] of Object.entries(args)) {
    const value: unknown = parsed[name];
    values[name] = typeof value === "string" ? await valueFrom(withoutMark(value), name, arg) : value;
  }
  return values as Values<Args>;
}

async function valueFrom(text: string, name: string, arg: Arg): Promise<unknown> {
  if (arg.kind === "count") {
    if (WHOLE.test(text) && Number(text) <= (arg.maximum ?? Number.MAX_SAFE_INTEGER)) return Number(text);
    throw new UsageError(`Cannot use --${name} ${quote(text)}: it takes ${accepted(arg)}`);
  }
  if (arg.kind === "object") {
    const value = objectOf(text);
    if (!value) throw new UsageError(`Cannot read --${name}: it takes ${accepted(arg)}`);
    const { faultOfJson, roundedNumber } = await import("../../sdk/account/json-text.ts");
    const fault = faultOfJson(text);
    if (fault?.is === "twice") throw new UsageError(`Cannot read --${name}: it has ${quote(fault.path)} twice`);
    if (fault?.is === "rounded") throw usage(roundedNumber(fault.path), `--${name}`);
    return value;
  }
  if (arg.kind === "duration") {
    const { parseDuration } = await import("../../sdk/settings/duration.ts");
    await blaming(
      () => `--${name}`,
      () => parseDuration(text),
    );
  }
  return text;
}

/** Removes a byte order mark: a text that was read from a file (`--data "$(cat file)"`) may begin with one. */
export function withoutMark(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

function objectOf(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function isFlag(token: string): boolean {
  return token.startsWith("-") && token !== "-";
}

function flagOf(typed: string, args: Args): [name: string, arg: Arg] | undefined {
  return Object.entries(args).find(
    ([name, arg]) =>
      arg.type !== "positional" && (typed === spelled(name, arg) || ("alias" in arg && typed === `-${arg.alias}`)),
  );
}

function unknownFlag(typed: string, args: Args, where: string): string {
  const names = Object.entries(args).flatMap(([name, arg]) => (arg.type === "positional" ? [] : [spelled(name, arg)]));
  return `Cannot use the unknown flag ${quote(typed)} with ${where}: ${hint(typed, names, "it takes")}`;
}

function accepted(arg: Arg): string {
  if (arg.kind === "count") {
    return arg.maximum ? `a whole number from 1 to ${arg.maximum}` : "a whole number from 1";
  }
  if (arg.kind === "duration") return "a duration such as 30d, 12h, 90m or P30D";
  if (arg.kind === "object") return `a JSON object such as '{"plan":"free"}'`;
  return `<${arg.valueHint ?? "value"}>`;
}
