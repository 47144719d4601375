import { AnonError } from "../../sdk/errors.ts";
import type { IdentityInput } from "../../sdk/types.ts";
import { type Command, collectionFlag, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { quote, UsageError } from "../shared/errors.ts";
import { findId } from "../shared/find.ts";
import { choosePassword } from "../shared/password.ts";
import { table } from "../shared/print.ts";

const convert: Command = command({
  description: "Make an anonymous account a registered one; its id stays, its sessions end",
  args: {
    account: {
      type: "positional",
      valueHint: "id | email | token",
      description: "The account, by its id or its present email; with --request the guest's token",
    },
    email: {
      type: "string",
      valueHint: "email",
      description: "The email it gets; required without --identity",
      refusals: ["invalid_email", "reserved_email"],
    },
    username: {
      type: "string",
      valueHint: "name",
      description: "The username it gets",
      refusals: ["invalid_username", "reserved_username"],
    },
    identity: {
      type: "string",
      valueHint: "provider:subject",
      description: "Who it is to another service, instead of a password",
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
    checkWay(args);
    if (request) {
      return withAnon(context, "verify", async ({ anon }) => {
        const mail = await anon.requestConversion(account, { email: email as string });
        // both are reported alike: an operator may look at the account anyway
        if (!mail)
          throw new AnonError("email_taken", "Cannot use this email: another account has it, or it gets no mail");
        const made = { to: mail.to, code: mail.token };
        await (context.json ? context.out.json(made) : context.out.line(table(made)));
      });
    }
    const identity = outside === undefined ? null : identityOf(outside, email, verified);
    const password = identity ? "" : await choosePassword(context, args["password-stdin"]);
    return withAnon(context, "sign", async ({ anon }) => {
      const ref = { collection, id: await findId(anon, account, collection) };
      const { token, record } = identity
        ? await anon.admin.convertWithIdentity(ref, identity, { username })
        : await anon.admin.convert(ref, { email: email as string, password, username });
      if (context.json) await context.out.json({ token, record });
      else await context.out.line(table({ ...record, token }));
    });
  },
});

function checkWay(args: { email?: string; identity?: string; request?: boolean; "email-verified"?: boolean }): void {
  const { email, identity, request, "email-verified": verified } = args;
  if (email === undefined && identity === undefined)
    throw new UsageError("Cannot convert without --email or --identity");
  if (identity !== undefined && request) throw new UsageError("Cannot use --request together with --identity");
  if (verified && (identity === undefined || email === undefined)) {
    throw new UsageError("Cannot use --email-verified without --identity and --email");
  }
}

function identityOf(text: string, email: string | undefined, emailVerified: boolean | undefined): IdentityInput {
  const colon = text.indexOf(":");
  if (colon < 1) throw new UsageError(`Cannot use --identity ${quote(text)}: write it as provider:subject`);
  return { provider: text.slice(0, colon), subject: text.slice(colon + 1), email, emailVerified };
}

export default convert;
