import { canonicalIdentity, checkIdentity, withIdentity } from "../account/identity.ts";
import { toRecord } from "../account/record.ts";
import type { IdentityInput } from "../contract/identities.ts";
import type { AccountRef, AnonRecord } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { changeAccount } from "../storage/change.ts";
import { uniqueKey } from "../storage/uniqueness.ts";
import { resolveTarget } from "./shared/resolve-target.ts";

export async function link(engine: Engine, target: string | AccountRef, input: IdentityInput): Promise<AnonRecord> {
  const { settings, read } = resolveTarget(engine, target, "link this identity");
  const identity = checkIdentity(input, engine.now());
  const canonical = canonicalIdentity(identity);
  const changed = await changeAccount(
    engine,
    read,
    (account) => {
      if (account.anonymous) {
        throw new AnonError("not_registered", "Cannot link this identity to a guest: convert the account with it");
      }
      const { identities = [] } = account;
      if (identities.some((one) => canonicalIdentity(one) === canonical)) return null;
      return { ...account, identities: withIdentity(identities, identity), updated: engine.now() };
    },
    [uniqueKey(settings.name, "identity", canonical)],
  );
  if (!changed) throw new AnonError("not_found", "Cannot link this identity: there is no account with this id");
  const { after, written } = changed;
  const { provider } = identity;
  if (written) await engine.hooks.runAfter("afterLink", () => ({ record: toRecord(after), provider }));
  return toRecord(after);
}
