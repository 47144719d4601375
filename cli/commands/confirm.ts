import { type Command, collectionFlag, command, USERNAME_FLAG } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { table } from "../shared/print.ts";

const confirm: Command = command({
  description: "Convert the guest that a mailed code is for; its email is verified, and it has no password",
  args: {
    code: { type: "positional", valueHint: "code", description: "The code that anon convert --request printed" },
    username: USERNAME_FLAG,
    collection: collectionFlag("Where the guest is (default users)"),
  },
  examples: ["anon confirm 7K2M-9QXR-4TBD-W0AE", "anon confirm 7K2M-9QXR-4TBD-W0AE --username ada --json"],
  run: ({ code, username, collection }, context) =>
    withAnon(context, "sign", async ({ anon }) => {
      const { token, record } = await anon.confirmConversion(code, { collection, username });
      await context.out.result({ token, record }, () => table({ ...record, token }));
    }),
});

export default confirm;
