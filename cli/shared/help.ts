/** The texts of `--help`. */
import { type Arg, type Args, COMMON, type Command, spelled, VERSION } from "./command.ts";
import { COMMANDS } from "./table.ts";

type Row = readonly [string, string];

const DURATIONS = "Durations: 30d, 12h, 90m, 45s, 2w, or ISO 8601 as P30D";

/** `anon --help` */
export function rootHelp(): string {
  return [
    "Anonymous accounts: create, convert and collect them.",
    "",
    "USAGE  anon <command> [flags]",
    "",
    "COMMANDS",
    ...columns([...COMMANDS].map(([name, { description }]): Row => [name, description])),
    "",
    "FLAGS",
    ...columns(flagRows({ ...COMMON, version: VERSION })),
    "",
    "EXAMPLES",
    "  anon create --json",
    "  anon list --anonymous --inactive-for 7d",
    "  anon gc --older-than 30d --dry-run",
    "",
    "anon help <command> shows the flags of one. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.",
  ].join("\n");
}

/** `anon <command> --help` */
export function commandHelp(name: string, command: Command): string {
  const own = Object.fromEntries(Object.entries(command.args).filter(([name]) => !Object.hasOwn(COMMON, name)));
  const positional = Object.entries(own).flatMap(([key, arg]): Row[] =>
    arg.type === "positional" ? [[typed(key, arg), arg.description ?? ""]] : [],
  );
  const timed = Object.values(own).some((arg) => arg.kind === "duration");
  return [
    command.description,
    "",
    ["USAGE  anon", name, ...positional.map(([left]) => left), "[flags]"].join(" "),
    "",
    ...(positional.length > 0 ? ["ARGUMENTS", ...columns(positional), ""] : []),
    "FLAGS",
    ...columns([...flagRows(own), ...flagRows(COMMON)]),
    "",
    "EXAMPLES",
    ...command.examples.map((example) => `  ${example}`),
    ...(timed ? ["", DURATIONS] : []),
  ].join("\n");
}

function typed(key: string, { valueHint = key, optional }: Arg): string {
  return optional ? `[${valueHint}]` : `<${valueHint}>`;
}

function flagRows(args: Args): Row[] {
  return Object.entries(args).flatMap(([name, arg]): Row[] => {
    if (arg.type === "positional") return [];
    const short = "alias" in arg && arg.alias ? `-${arg.alias}, ` : "";
    const value = arg.type === "string" ? ` <${arg.valueHint}>` : "";
    const description = ("negativeDescription" in arg && arg.negativeDescription) || arg.description;
    return [[`${short}${spelled(name, arg)}${value}`, description ?? ""]];
  });
}

function columns(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
