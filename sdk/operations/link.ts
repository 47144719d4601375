import { dueOf } from "../account/activity.ts";
import { canonicalIdentity, checkIdentity, withIdentity } from "../account/identity.ts";
import { toRecord } from "../account/record.ts";
import type { IdentityInput } from "../contract/identities.ts";
import type { AccountRef, AnonRecord } from "../contract/records.ts";
import { claimContext, type Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { backOff } from "../storage/back-off.ts";
import { keyOfClaim } from "../storage/uniqueness.ts";
import { type Wanted, withClaims } from "../storage/with-uniqueness.ts";
import { resolveTarget } from "./shared/resolve-target.ts";

const MAXIMUM_ATTEMPTS = 64;

/**
 * Gives a registered account one more way in. One that it has already stays as it is.
 *
 * @throws {AnonError} `invalid_token`, `not_found`, `not_registered`, `invalid_identity`, `identity_taken`, `conflict`
 */
export async function link(engine: Engine, target: string | AccountRef, input: IdentityInput): Promise<AnonRecord> {
  const { settings, read } = resolveTarget(engine, target, "link this identity");
  const identity = checkIdentity(input, engine.now());
  const canonical = canonicalIdentity(identity);
  const wanted: Wanted = { key: keyOfClaim(settings.name, "identity", canonical), what: "identity" };
  return withClaims(
    () => claimContext(engine),
    settings.name,
    [wanted],
    async (claim) => {
      for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
        // as in a conversion: read, claimed for, swapped
        const present = await read();
        if (!present) throw new AnonError("not_found", "Cannot link this identity: there is no account with this id");
        const { account } = present;
        const { identities = [] } = account;
        if (account.anonymous) {
          throw new AnonError("not_registered", "Cannot link this identity to a guest: convert the account with it");
        }
        if (identities.some((one) => canonicalIdentity(one) === canonical)) return toRecord(account);
        const linked = withIdentity(identities, identity);
        await claim(account.id);
        const next = { ...account, identities: linked, updated: engine.now() };
        if (await engine.store.replace(present, next, dueOf(next, settings))) {
          const { provider } = identity;
          await engine.happenings.tell("afterLink", () => ({ record: toRecord(next), provider }));
          return toRecord(next);
        }
        await backOff(attempt);
      }
      throw new AnonError("conflict", "Cannot change this account: too many change it at the same time, try again");
    },
  );
}
