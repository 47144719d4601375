import { type Command, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { table } from "../shared/print.ts";
import { firstLine } from "../shared/stdin.ts";

const code: Command = command({
  description: "Make a one-time code with which another device signs in to the account of a token",
  args: {
    token: { type: "positional", valueHint: "token | -", description: "The token, or - to read it from stdin" },
    "expires-in": {
      type: "string",
      kind: "duration",
      valueHint: "duration",
      description: "How long it is good, 1m to 24h (default 10m)",
      refusals: ["invalid_duration"],
    },
  },
  examples: ['anon code "$TOKEN"', "anon create --json | jq -r .token | anon code - --expires-in 2m --json"],
  run: async ({ token, "expires-in": expiresIn }, context) => {
    const given = token === "-" ? (await firstLine(context.io.stdin)).trim() : token;
    await withAnon(context, "verify", async ({ anon }) => {
      const made = await anon.createTransferCode(given, { expiresIn });
      if (context.json) await context.out.json(made);
      else await context.out.line(table({ ...made }));
    });
  },
});

export default code;
