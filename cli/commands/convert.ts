import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { findId } from "../shared/find.ts";
import { choosePassword } from "../shared/password.ts";
import { table } from "../shared/print.ts";

const convert: Command = command({
  name: "convert",
  description: "Make an anonymous account a registered one; its id stays, its sessions end",
  args: {
    account: {
      type: "positional",
      valueHint: "id | email",
      description: "The account, by its id or its present email",
    },
    email: {
      type: "string",
      required: true,
      valueHint: "email",
      description: "The email it gets",
      refusals: ["invalid_email", "reserved_email"],
    },
    username: {
      type: "string",
      valueHint: "name",
      description: "The username it gets",
      refusals: ["invalid_username", "reserved_username"],
    },
    "password-stdin": { type: "boolean", description: "Read the password from stdin, up to the first line end" },
    collection: collectionFlag("Where to look (default users)"),
  },
  examples: [
    "anon convert k3v9x0q2m7t1c5z --email ada@example.com",
    "anon convert k3v9x0q2m7t1c5z --email ada@example.com --username ada --password-stdin < password.txt",
  ],
  run: async ({ account, email, username, collection, "password-stdin": fromStdin }, context) => {
    const password = await choosePassword(context, fromStdin);
    await withAnon(context, "sign", async (anon) => {
      const id = await findId(anon, account, collection);
      const { token, record } = await anon.convert({ collection, id }, { email, password, username });
      if (context.json) await context.out.json({ token, record });
      else await context.out.line(table({ ...record, token }));
    });
  },
});

export default convert;
