import type { Account } from "../account/account.ts";
import { guestIdOfEmail } from "../account/email.ts";
import { isoTime } from "../account/iso-time-fast.ts";
import { isInUse } from "../account/state.ts";
import { guestUsername } from "../account/username.ts";
import type { ExportOptions, ImportedAccount } from "../contract/import.ts";
import type { Engine } from "../engine.ts";
import { eachAccount } from "./shared/each-account.ts";

/** The accounts in use as `importAccount` accepts them. */
export async function* exportAccounts<Name extends string>(
  engine: Engine,
  options: ExportOptions<Name> = {},
): AsyncGenerator<ImportedAccount<Name>> {
  const settings = engine.settings.get(options.collection);
  for await (const account of eachAccount(engine, settings.name)) {
    if (isInUse(account)) yield exported(account, options.withHashes === true);
  }
}

function exported<Name extends string>(account: Account, withHashes: boolean): ImportedAccount<Name> {
  const { id, collection, anonymous, email, username, verified, created, updated, lastActive, data } = account;
  const { password, identities = [] } = account;
  return {
    id,
    collection: collection as Name,
    anonymous,
    // an import makes those of guests anew, with the domain of its own configuration
    ...(guestIdOfEmail(email) === id ? {} : { email, verified }),
    ...(username === guestUsername(id) ? {} : { username }),
    created: isoTime(created),
    updated: isoTime(updated),
    lastActive: isoTime(lastActive),
    ...(withHashes ? { passwordHash: password } : {}),
    ...(identities.length === 0
      ? {}
      : { identities: identities.map((one) => ({ ...one, linked: isoTime(one.linked) })) }),
    ...(Object.keys(data).length === 0 ? {} : { fields: data }),
  };
}
