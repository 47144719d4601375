import * as fs from "node:fs";
import { resolve } from "node:path";
import type { AnonConfig } from "../../sdk/config.ts";
import { type Command, type Context, command } from "../shared/command.ts";
import { withAnon } from "../shared/connect.ts";
import { printable, quote, UsageError } from "../shared/errors.ts";
import { table } from "../shared/print.ts";
import type { OpenStorage } from "../shared/secrets.ts";

const RESTART = "A server that runs holds what it read at its start, and refuses tokens that a newer secret signs";

const secret: Command = command({
  description:
    "List and rotate the secrets that sign session tokens, in the file of fs: or sqlite:, or of ANON_SECRET_FILE",
  args: {
    action: { type: "positional", valueHint: "list | prepare | rotate | drop", description: "What to do" },
    "older-than": {
      type: "string",
      kind: "duration",
      valueHint: "duration",
      description: "For drop: how long ago a secret must have ceased to sign, the longest sessionTtl at least",
    },
  },
  examples: ["anon secret list", "anon secret prepare", "anon secret rotate", "anon secret drop --older-than 30d"],
  run: ({ action, "older-than": olderThan }, context) => {
    if (!["list", "prepare", "rotate", "drop"].includes(action)) {
      throw new UsageError(`Cannot do ${quote(action)} with secrets: use list, prepare, rotate or drop`);
    }
    if ((action === "drop") !== (olderThan !== undefined)) {
      throw new UsageError(
        action === "drop"
          ? "Cannot drop secrets without --older-than: tokens that they signed become invalid, so give the longest sessionTtl at least"
          : `Cannot use --older-than with ${action}: it is for drop`,
      );
    }
    return withAnon(context, "verify", async ({ config, storage }) => {
      const { messages, out } = context;
      const file = fileOf(context, config, storage);
      const { readSecrets } = await import("../../storage-drivers/shared/secret-file.ts");
      const { dropSecrets, prepareSecret, replaceSecrets, rotateSecret, signedUntil } = await import(
        "../../storage-drivers/shared/rotate-secret.ts"
      );
      const present = readSecrets(fs, file)?.kept;
      if (!present) throw new UsageError(`Cannot find ${printable(file)}: anon create makes it`, "invalid_secret");
      let kept = present;
      let notice: string | undefined;
      if (action === "prepare") {
        kept = prepareSecret(present);
        notice = `${RESTART}: restart all servers, then run anon secret rotate and restart them again`;
      } else if (action === "rotate") {
        kept = rotateSecret(present, new Date());
        notice = present.some(({ since }) => since === "next")
          ? `${RESTART}: all must have been restarted since anon secret prepare. Restart them again, one after another if you like`
          : `${RESTART}: restart all servers now. To restart them one after another, run anon secret prepare before the next rotation`;
      } else if (olderThan !== undefined) {
        const { parseDuration } = await import("../../sdk/settings/duration.ts");
        kept = dropSecrets(present, new Date(Date.now() - parseDuration(olderThan)));
        notice = `Dropped ${present.length - kept.length}. Tokens that they signed are invalid once the servers are restarted`;
      }
      context.hidden.push(...kept.map((one) => one.secret));
      if (kept !== present) replaceSecrets(fs, file, kept);
      if (notice !== undefined) await messages.info(notice);
      const { kidOf } = await import("../../sdk/tokens/keyring.ts");
      for (const [index, one] of kept.entries()) {
        const state = index === 0 ? "signs" : one.since === "next" ? "next" : "verifies";
        const shown = {
          kid: kidOf(one.secret),
          state,
          since: one.since === "next" ? null : one.since,
          until: signedUntil(kept, one),
        };
        await out.result(shown, () => table(shown));
      }
    });
  },
});

/** The file that counts: a secret of a variable or of the configuration is rotated where it is kept. */
function fileOf({ io: { env, cwd } }: Context, config: AnonConfig, storage: OpenStorage): string {
  if (env.ANON_SECRET_FILE) return resolve(cwd, env.ANON_SECRET_FILE);
  const from = env.ANON_SECRET ? "ANON_SECRET" : config.secret === undefined ? undefined : "the configuration";
  if (from !== undefined) {
    throw new UsageError(
      `Cannot use a file of secrets: the secret is that of ${from}. Put a new one there, and the old one into ANON_SECRET_PREVIOUS, or after the new one in the configuration`,
    );
  }
  const file = "secretFile" in storage ? storage.secretFile?.read()?.file : undefined;
  if (file !== undefined) return file;
  throw new UsageError(
    "Cannot find a file of secrets: this storage has none yet, anon create makes it for fs: and sqlite:",
  );
}

export default secret;
