/** Finding accounts by what people call them. */
import type { Account } from "../account/account.ts";
import { canonicalEmail, guestIdOfEmail } from "../account/email.ts";
import { canonicalIdentity, type Identity } from "../account/identity.ts";
import { canonicalUsername, guestIdOfUsername } from "../account/username.ts";
import type { Store, StoredAccount } from "./store.ts";
import { lockedBy, uniqueKey } from "./uniqueness.ts";

// Read when no account has a name: otherwise one more read would show that a name is taken.
const NO_ACCOUNT = "000000000000000";

/** The account that has an email, or `null`: also for what is no email. */
export async function readByEmail(store: Store, collection: string, email: string): Promise<StoredAccount | null> {
  const canonical = canonicalEmail(email);
  if (canonical === null) return null;
  const { key } = uniqueKey(collection, "email", canonical);
  const id = guestIdOfEmail(canonical) ?? (await lockedBy(store, key)) ?? NO_ACCOUNT;
  // a lock that was left behind names an account that does not have the email
  return await readOwner(store, collection, id, (account) => canonicalEmail(account.email) === canonical);
}

/** The account that has a username, or `null`: also for what is no username. */
export async function readByUsername(
  store: Store,
  collection: string,
  username: string,
): Promise<StoredAccount | null> {
  const canonical = canonicalUsername(username);
  if (canonical === null) return null;
  const { key } = uniqueKey(collection, "username", canonical);
  const id = guestIdOfUsername(canonical) ?? (await lockedBy(store, key)) ?? NO_ACCOUNT;
  return await readOwner(store, collection, id, (account) => canonicalUsername(account.username) === canonical);
}

/** The account that has an outside identity, or `null`. */
export async function readByIdentity(
  store: Store,
  collection: string,
  identity: Pick<Identity, "provider" | "subject">,
): Promise<StoredAccount | null> {
  const canonical = canonicalIdentity(identity);
  const id = await lockedBy(store, uniqueKey(collection, "identity", canonical).key);
  const isSame = (one: Identity): boolean => canonicalIdentity(one) === canonical;
  return await readOwner(store, collection, id, ({ identities = [] }) => identities.some(isSame));
}

async function readOwner(
  store: Store,
  collection: string,
  id: string | null,
  owns: (account: Account) => boolean,
): Promise<StoredAccount | null> {
  const read = id === null ? null : await store.readAccount(collection, id);
  return read && owns(read.account) ? read : null;
}
