import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { table } from "../shared/print.ts";

const confirm: Command = command({
  description: "Convert the guest that a mailed code is for: the email counts as verified, there is no password",
  args: {
    code: { type: "positional", valueHint: "code", description: "The code that anon convert --request printed" },
    username: {
      type: "string",
      valueHint: "name",
      description: "The username it gets",
      refusals: ["invalid_username", "reserved_username"],
    },
    collection: collectionFlag("Where the guest is (default users)"),
  },
  examples: ["anon confirm 7K2M-9QXR-4TBD-W0AE", "anon confirm 7K2M-9QXR-4TBD-W0AE --username ada --json"],
  run: ({ code, username, collection }, context) =>
    withAnon(context, "sign", async ({ anon }) => {
      const { token, record } = await anon.confirmConversion(code, { collection, username });
      if (context.json) await context.out.json({ token, record });
      else await context.out.line(table({ ...record, token }));
    }),
});

export default confirm;
