import { AnonError } from "../../sdk/errors.ts";
import type { IdentityInput } from "../../sdk/types.ts";
import { type Command, collectionFlag, command, USERNAME_FLAG } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { quote, UsageError } from "../shared/errors.ts";
import { findRef } from "../shared/find.ts";
import { table } from "../shared/print.ts";
import { choosePassword } from "../shared/stdin.ts";

const convert: Command = command({
  description: "Make an anonymous account a registered one; its id stays, its sessions end",
  args: {
    account: {
      type: "positional",
      valueHint: "id | email | username | token",
      description: "The account, by its id, its current email or its username; with --request the guest's token",
    },
    email: {
      type: "string",
      valueHint: "email",
      description: "Its new email; required without --identity",
      refusals: ["invalid_email", "reserved_email"],
    },
    username: USERNAME_FLAG,
    identity: {
      type: "string",
      valueHint: "provider:subject",
      description: "Its identity at another service, instead of a password",
      refusals: ["invalid_identity"],
    },
    "email-verified": { type: "boolean", description: "The service vouches for the email" },
    request: { type: "boolean", description: "Print a code for anon confirm, and change nothing yet" },
    "password-stdin": { type: "boolean", description: "Read the password from stdin, up to the first line end" },
    collection: collectionFlag("Where to look (default users)"),
  },
  examples: [
    "anon convert k3v9x0q2m7t1c5z --email ada@example.com",
    "anon convert k3v9x0q2m7t1c5z --email ada@example.com --username ada --password-stdin < password.txt",
    "anon convert k3v9x0q2m7t1c5z --identity google:110169484474386276334",
    'anon convert "$TOKEN" --email ada@example.com --request',
  ],
  run: async (args, context) => {
    const { account, email, username, collection, identity: outside, request, "email-verified": verified } = args;
    if (email === undefined && outside === undefined) {
      throw new UsageError("Cannot convert without --email or --identity");
    }
    if (outside !== undefined && request) throw new UsageError("Cannot use --request together with --identity");
    if (verified && (outside === undefined || email === undefined)) {
      throw new UsageError("Cannot use --email-verified without --identity and --email");
    }
    if (request) {
      return withAnon(context, "verify", async ({ anon }) => {
        const mail = await anon.requestConversion(account, { email: email as string });
        // one message for both: an operator may read the account anyway
        if (!mail)
          throw new AnonError("email_taken", "Cannot use this email: another account has it, or it gets no mail");
        const made = { to: mail.to, code: mail.token };
        await context.out.result(made, () => table(made));
      });
    }
    const identity = outside === undefined ? null : identityOf(outside, email, verified);
    const password = identity ? "" : await choosePassword(context, args["password-stdin"]);
    return withAnon(context, "sign", async ({ anon }) => {
      const ref = await findRef(anon, account, collection);
      const { token, record } = identity
        ? await anon.admin.convertWithIdentity(ref, identity, { username })
        : await anon.admin.convert(ref, { email: email as string, password, username });
      await context.out.result({ token, record }, () => table({ ...record, token }));
    });
  },
});

function identityOf(text: string, email: string | undefined, emailVerified: boolean | undefined): IdentityInput {
  const colon = text.indexOf(":");
  if (colon < 1) throw new UsageError(`Cannot use --identity ${quote(text)}: write it as provider:subject`);
  return { provider: text.slice(0, colon), subject: text.slice(colon + 1), email, emailVerified };
}

export default convert;
