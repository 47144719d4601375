/** What can follow on a command line that is being typed, as the scripts of `anon complete <shell>` ask for it. */
import { type Command as Completed, RootCommand } from "@bomb.sh/tab";
import { type Arg, type Args, COMMON, spelled, VERSION } from "./command.ts";
import { printedBy } from "./printed-by.ts";
import { beforeDashes, indexOfCommand } from "./strict.ts";
import { COMMANDS } from "./table.ts";

/** The last line for the script: what shells complete by themselves, by the first word of a value's hint. */
const BY_THE_SHELL: Record<string, string> = { file: ":0", path: ":0", dir: ":16" };

/** One completion per line with its description after a tab, and a last line for the script. `words` begin after `anon`. */
export async function completionsOf(words: readonly string[]): Promise<string> {
  const typed = words.slice(0, -1);
  const name = beforeDashes(typed)[indexOfCommand(typed)];
  const root = new RootCommand();
  addFlags(root, { ...COMMON, version: VERSION });
  for (const [other, { description }] of COMMANDS) root.command(other, description);
  root.command("help", "Show the help of a command").argument("command", (offer) => {
    for (const [other, { description }] of COMMANDS) offer(other, description);
  });
  // only the files of this command are loaded
  const entry = COMMANDS.get(name ?? "");
  if (name === undefined || !entry) return printedBy(() => root.parse([...words]));
  const { args } = (await entry.load()).default;
  const directive = BY_THE_SHELL[/^\w*/.exec(next(words, args)?.valueHint ?? "")?.[0] ?? ""];
  if (directive) return directive;
  const command = root.command(name, entry.description);
  addFlags(command, args);
  for (const [key, arg] of Object.entries(args)) {
    if (arg.type === "positional") command.argument(key, offering(arg));
  }
  return printedBy(() => root.parse([...words]));
}

/** The flag or argument whose value is typed; `undefined` while the name of a flag is. */
function next(words: readonly string[], args: Args): (Arg & { valueHint?: string }) | undefined {
  const all = Object.entries(args);
  // the command is the first of the words that are no flags
  let positionals = -1;
  let flag: Arg | undefined;
  for (const word of words.slice(0, -1)) {
    const isValue = flag !== undefined;
    flag = isValue ? undefined : all.find(([name, arg]) => arg.type === "string" && word === spelled(name, arg))?.[1];
    if (!isValue && (word === "-" || !word.startsWith("-"))) positionals++;
  }
  if (flag) return flag;
  return words.at(-1)?.startsWith("-")
    ? undefined
    : all.filter(([, arg]) => arg.type === "positional")[positionals]?.[1];
}

function addFlags(command: Completed, args: Args): void {
  for (const [name, arg] of Object.entries(args)) {
    if (arg.type === "positional") continue;
    const alias = "alias" in arg ? String(arg.alias) : undefined;
    const description = ("negativeDescription" in arg && arg.negativeDescription) || arg.description || "";
    const flag = spelled(name, arg).slice(2);
    if (arg.type === "string") command.option(flag, description, offering(arg), alias);
    else command.option(flag, description, alias);
  }
}

function offering({ choices = [] }: Arg): (offer: (value: string, description: string) => void) => void {
  return (offer) => {
    for (const choice of choices) offer(choice, "");
  };
}
