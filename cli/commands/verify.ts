import { AnonError } from "../../sdk/errors.ts";
import { type Command, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { table } from "../shared/print.ts";
import { firstLine } from "../shared/stdin.ts";

const verify: Command = command({
  description: "Check a token's signature and expiry, and print its claims; the storage is not read",
  args: {
    token: { type: "positional", valueHint: "token | -", description: "The token, or - to read it from stdin" },
  },
  examples: ['anon verify "$TOKEN"', "anon create --json | jq -r .token | anon verify - --json"],
  run: async ({ token }, context) => {
    const given = token === "-" ? (await firstLine(context.io.stdin)).trim() : token;
    await withAnon(context, "token", async ({ anon }) => {
      const claims = anon.verifyToken(given);
      if (!claims) {
        throw new AnonError(
          "invalid_token",
          "Cannot accept this token: it is expired, damaged or not signed with this secret",
        );
      }
      await context.out.result(claims, () => table(claims));
    });
  },
});

export default verify;
