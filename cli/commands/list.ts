import { hint } from "../../sdk/settings/nearest.ts";
import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { quote, UsageError } from "../shared/errors.ts";
import { FILTER_ARGS, filterOf } from "../shared/filter.ts";
import { looksEmpty, partOf, sayEmpty, sayPlace } from "../shared/place.ts";
import { row } from "../shared/print.ts";

const STATES = ["anonymous", "registered", "quarantined", "merged", "held"] as const;
const ORDERS = ["created", "-created", "updated", "-updated", "lastActive", "-lastActive"] as const;

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
  },
  examples: [
    "anon list",
    "anon list --anonymous --inactive-for 7d --json | wc -l",
    "anon list --since 2h",
    "anon list --sort=-lastActive --limit 20",
  ],
  run: async ({ collection, limit, status, sort: order, ...flags }, context) => {
    const state = chosen("status", status, STATES);
    const sort = chosen("sort", order, ORDERS);
    // the SDK refuses it too, but the error could be that of --status
    if (sort !== undefined && (limit ?? Number.POSITIVE_INFINITY) > MAXIMUM_SORTED) {
      throw new UsageError(
        `Cannot use --sort without --limit up to ${MAXIMUM_SORTED}: what is sorted is kept in memory`,
      );
    }
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
        await out.result(record, () => row(record, stdout.columns));
      }
      await messages.endProgress();
      await sayPlace(messages, partOf(place, name));
      if (listed === 0 && (await looksEmpty(anon, place, name))) await sayEmpty(messages, place, name);
    });
  },
});

function chosen<T extends string>(flag: string, typed: string | undefined, choices: readonly T[]): T | undefined {
  const choice = choices.find((one) => one === typed);
  if (typed === undefined || choice !== undefined) return choice;
  throw new UsageError(`Cannot use --${flag} ${quote(typed)}: ${hint(typed, choices)}`);
}

export default list;
