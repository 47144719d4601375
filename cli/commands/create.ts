import { type Command, collectionFlag, command } from "../shared/command.ts";
import { concurrently, upTo } from "../shared/concurrently.ts";
import { withAnon } from "../shared/connect.ts";
import { table } from "../shared/print.ts";

// enough to keep a storage across a network busy
const AT_A_TIME = 64;

const create: Command = command({
  description: "Create an anonymous account and sign it in; its password is shown only now",
  args: {
    collection: collectionFlag("Where to create it (default users)"),
    data: {
      type: "string",
      kind: "object",
      valueHint: "json",
      description: "Own fields, as a JSON object",
      refusals: ["invalid_data", "reserved_field", "record_too_large"],
    },
    count: { type: "string", kind: "count", valueHint: "n", description: "How many to create (default 1)" },
  },
  examples: [
    "anon create",
    'anon create --collection customers --data \'{"plan":"free"}\' --json',
    "anon create --count 100 --json > guests.jsonl",
  ],
  run: ({ collection, data, count = 1 }, context) =>
    withAnon(context, "create", async ({ anon }) => {
      const { messages, out, io } = context;
      let created = 0;
      await concurrently(upTo(count), AT_A_TIME, async () => {
        const { email, password } = await anon.admin.createUser({ collection, data });
        const { token, record } = await anon.signInWithPassword(email, password, { collection });
        const text = () => `${table({ id: record.id, email, password, token })}\n`;
        created++;
        // on a terminal the accounts themselves are the progress
        if (!io.stdout.isTTY) messages.progress(`${created} of ${count} created`);
        await out.result({ token, record, password }, text);
      });
      await messages.endProgress();
    }),
});

export default create;
