import { type Command, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { table } from "../shared/print.ts";
import { firstLine } from "../shared/stdin.ts";

const code: Command = command({
  description: "Make a one-time code that signs another device in to the account of a token",
  args: {
    token: { type: "positional", valueHint: "token | -", description: "The token, or - to read it from stdin" },
    "expires-in": {
      type: "string",
      kind: "duration",
      valueHint: "duration",
      description: "How long it is valid, 1m to 24h (default 10m)",
      refusals: ["invalid_duration"],
    },
  },
  examples: ['anon code "$TOKEN"', "anon create --json | jq -r .token | anon code - --expires-in 2m --json"],
  run: async ({ token, "expires-in": expiresIn }, context) => {
    const given = token === "-" ? (await firstLine(context.io.stdin)).trim() : token;
    await withAnon(context, "verify", async ({ anon }) => {
      const made = await anon.createTransferCode(given, { expiresIn });
      await context.out.result(made, () => table(made));
    });
  },
});

export default code;
