import { claimContext, type Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { tellEnded } from "../hooks/tell.ts";
import type { Account } from "../model/account.ts";
import { receivesNoMail } from "../model/email.ts";
import { canonicalIdentity, checkIdentity, type IdentityInput } from "../model/identity.ts";
import { toRecord } from "../model/record.ts";
import { dueOf } from "../policy/activity.ts";
import { backOff } from "../storage/back-off.ts";
import { releaseClaim, unsettleClaims } from "../storage/claims.ts";
import type { AccountRef } from "../types.ts";
import { resolveTarget } from "./resolve-target.ts";

const MAXIMUM_ATTEMPTS = 64;

/**
 * Takes a way in away, never the last one. Every session but that of the token ends: whoever came in that way is out.
 * Answers whether the account had it.
 *
 * @throws {AnonError} `invalid_token`, `not_found`, `last_way_in`, `invalid_identity`, `conflict`
 */
export async function unlink(
  engine: Engine,
  target: string | AccountRef,
  input: Pick<IdentityInput, "provider" | "subject">,
): Promise<boolean> {
  const { store, happenings } = engine;
  const { settings, sid, read } = resolveTarget(engine, target, "unlink this identity");
  const canonical = canonicalIdentity(checkIdentity(input, engine.now()));
  for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
    const present = await read();
    if (!present) throw new AnonError("not_found", "Cannot unlink this identity: there is no account with this id");
    const { account } = present;
    const { identities = [], ...rest } = account;
    const left = identities.filter((one) => canonicalIdentity(one) !== canonical);
    if (left.length === identities.length) return false;
    if (left.length === 0 && !hasOtherWayIn(account, engine)) {
      throw new AnonError(
        "last_way_in",
        "Cannot unlink this identity: it is the last way into the account, set a password or link another one first",
      );
    }
    const now = engine.now();
    const next: Account = {
      ...rest,
      ...(left.length === 0 ? {} : { identities: left }),
      sessions: account.sessions.filter(({ id }) => id === sid),
      updated: now,
    };
    // as in a deletion: what it owns until then is in gc's view meanwhile
    const owned = await unsettleClaims(claimContext(engine), account);
    const done = await store.replace(present, next, dueOf(next, settings));
    // settles those that the account still owns, and removes the identity's
    await Promise.allSettled(owned.map((one) => releaseClaim(claimContext(engine), one)));
    if (done) {
      await happenings.tell("afterUnlink", () => ({ record: toRecord(next), provider: input.provider }));
      await tellEnded(happenings, account, next, "unlink", now);
      return true;
    }
    await backOff(attempt);
  }
  throw new AnonError("conflict", "Cannot change this account: too many change it at the same time, try again");
}

/** A password that a person chose, or an email that is known to be theirs, where that receives another password. */
function hasOtherWayIn({ email, password, verified }: Account, { sendsMail }: Engine): boolean {
  return (sendsMail && verified && !receivesNoMail(email)) || !password.startsWith("$sha256$");
}
