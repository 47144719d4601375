import type { Account } from "../account/account.ts";
import { receivesNoMail } from "../account/email.ts";
import { canonicalIdentity, checkIdentity } from "../account/identity.ts";
import { toRecord } from "../account/record.ts";
import type { IdentityInput } from "../contract/identities.ts";
import type { AccountRef } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { notifyEnded } from "../hooks/hooks.ts";
import { changeAccount } from "../storage/change.ts";
import { resolveTarget } from "./shared/resolve-target.ts";

/** Every session but that of the token ends, because one of them may have begun with the identity. */
export async function unlink(
  engine: Engine,
  target: string | AccountRef,
  input: Pick<IdentityInput, "provider" | "subject">,
): Promise<boolean> {
  const { sid, read } = resolveTarget(engine, target, "unlink this identity");
  const canonical = canonicalIdentity(checkIdentity(input, engine.now()));
  const changed = await changeAccount(engine, read, (present) => {
    const { identities = [], ...rest } = present;
    const left = identities.filter((one) => canonicalIdentity(one) !== canonical);
    if (left.length === identities.length) return null;
    if (left.length === 0 && !hasOtherWayIn(present, engine)) {
      throw new AnonError(
        "last_way_in",
        "Cannot unlink this identity: it is the last way into the account, set a password or link another one first",
      );
    }
    return {
      ...rest,
      ...(left.length === 0 ? {} : { identities: left }),
      sessions: present.sessions.filter(({ id }) => id === sid),
      updated: engine.now(),
    };
  });
  if (!changed) throw new AnonError("not_found", "Cannot unlink this identity: there is no account with this id");
  const { before, after: account, written } = changed;
  if (!written) return false;
  await engine.hooks.runAfter("afterUnlink", () => ({ record: toRecord(account), provider: input.provider }));
  await notifyEnded(engine.hooks, before, account, "unlink", engine.now());
  return true;
}

/** A password that a person chose, or a verified email to which a password reset can be mailed. */
function hasOtherWayIn({ email, password, verified }: Account, { sendsMail }: Engine): boolean {
  return (sendsMail && verified && !receivesNoMail(email)) || !password.startsWith("$sha256$");
}
