import type { MergeStrategy } from "../../sdk/types.ts";
import { type Command, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { table } from "../shared/print.ts";

const merge: Command = command({
  description: "Merge a guest into a registered account, by a token of each",
  args: {
    guest: { type: "positional", valueHint: "guest token", description: "The guest's token" },
    account: { type: "positional", valueHint: "account token", description: "The token of the account" },
    strategy: {
      type: "string",
      valueHint: "strategy",
      choices: ["keep-account", "keep-anonymous", "combine"],
      description: "keep-account, keep-anonymous or combine (default: that of the configuration)",
      refusals: ["invalid_options"],
    },
  },
  examples: ['anon merge "$GUEST" "$ACCOUNT"', 'anon merge "$GUEST" "$ACCOUNT" --strategy keep-anonymous --json'],
  run: ({ guest, account, strategy }, context) =>
    withAnon(context, "sign", async ({ anon }) => {
      const input = { anonymous: guest, account, strategy: strategy as MergeStrategy | undefined };
      const { token, record } = await anon.merge(input);
      await context.out.result({ token, record }, () => table({ ...record, token }));
    }),
});

export default merge;
