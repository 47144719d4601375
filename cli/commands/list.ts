import type { AnonRecord, BaseRecord } from "../../sdk/contract/records.ts";
import { hint } from "../../sdk/settings/nearest.ts";
import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { quote, UsageError } from "../shared/errors.ts";
import { FILTER_ARGS, filterOf } from "../shared/filter.ts";
import { looksEmpty, partOf, sayEmpty, sayPlace } from "../shared/place.ts";
import { cells, row } from "../shared/print.ts";

const STATES = ["anonymous", "registered", "quarantined", "merged", "held"] as const;
const ORDERS = ["created", "-created", "updated", "-updated", "lastActive", "-lastActive"] as const;

/** The fields of every record. */
const BUILT_IN: readonly string[] = Object.keys({
  id: true,
  collectionName: true,
  email: true,
  username: true,
  verified: true,
  anonymous: true,
  created: true,
  updated: true,
} satisfies Record<keyof Omit<BaseRecord, "mergedFrom">, true>);

/** As in the SDK. */
const MAXIMUM_SORTED = 100_000;

const list: Command = command({
  description: "List the accounts of a collection, one per line",
  args: {
    ...FILTER_ARGS,
    collection: collectionFlag("Which collection (default users)"),
    status: {
      type: "string",
      valueHint: "state",
      choices: STATES,
      description: "Only accounts in this state",
      refusals: ["invalid_options"],
    },
    sort: {
      type: "string",
      valueHint: "time",
      choices: ORDERS,
      description: "By created, updated or lastActive, the earliest first; -created the latest first. With --limit",
    },
    limit: { type: "string", kind: "count", valueHint: "n", description: "At most this many (default all)" },
    fields: { type: "string", valueHint: "names", description: "Only these fields, own ones too: id,email,plan" },
  },
  examples: [
    "anon list",
    "anon list --anonymous --inactive-for 7d --json | wc -l",
    "anon list --since 2h",
    "anon list --sort=-lastActive --limit 20",
    "anon list --registered --fields email,created",
  ],
  run: async ({ collection, limit, status, sort: order, fields, ...flags }, context) => {
    const state = chosen("status", status, STATES);
    const sort = chosen("sort", order, ORDERS);
    // the SDK refuses it too, but the error could be that of --status
    if (sort !== undefined && (limit ?? Number.POSITIVE_INFINITY) > MAXIMUM_SORTED) {
      throw new UsageError(
        `Cannot use --sort without --limit up to ${MAXIMUM_SORTED}: what is sorted is kept in memory`,
      );
    }
    const columns = fields === undefined ? null : columnsOf(fields);
    const filter = { ...filterOf(flags), state };
    await withAnon(context, "none", async ({ anon, place }) => {
      const name = collection ?? "users";
      const { messages, out, io } = context;
      const { stdout } = io;
      let listed = 0;
      for await (const record of anon.admin.list({ ...filter, collection, limit, sort })) {
        listed++;
        // on a terminal the lines themselves are the progress
        if (!stdout.isTTY) messages.progress(`${listed} listed`);
        if (columns) {
          const shown = columns.of(record);
          // without it, the account of this id in users would be deleted by `anon list --fields id --json | anon delete -`
          const named = "id" in shown && name !== "users" ? { ...shown, collectionName: name } : shown;
          await out.result(named, () => cells(shown, stdout.columns));
        } else await out.result(record, () => row(record, stdout.columns));
      }
      await messages.endProgress();
      await sayPlace(messages, partOf(place, name));
      // an own field can have any name, so a name is not refused before
      for (const field of listed > 0 && columns ? columns.unknown : []) {
        await messages.info(`No account in this list has the field ${quote(field)}: ${hint(field, BUILT_IN)}`);
      }
      if (listed === 0 && (await looksEmpty(anon, place, name))) await sayEmpty(messages, place, name);
    });
  },
});

/** The fields that are listed, and those of them that no record had so far. */
interface Columns {
  unknown: Set<string>;
  of(record: AnonRecord): Record<string, unknown>;
}

function columnsOf(typed: string): Columns {
  const names = typed.split(",").map((name) => name.trim());
  if (names.includes("")) throw new UsageError("Cannot use --fields without names: separate them by commas");
  const unknown = new Set(names);
  return {
    unknown,
    of: (record) =>
      Object.fromEntries(
        names.map((name) => {
          if (!Object.hasOwn(record, name)) return [name, null];
          unknown.delete(name);
          return [name, record[name]];
        }),
      ),
  };
}

function chosen<T extends string>(flag: string, typed: string | undefined, choices: readonly T[]): T | undefined {
  const choice = choices.find((one) => one === typed);
  if (typed === undefined || choice !== undefined) return choice;
  throw new UsageError(`Cannot use --${flag} ${quote(typed)}: ${hint(typed, choices)}`);
}

export default list;
