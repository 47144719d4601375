import type { Account } from "../account/account.ts";
import { dueOf } from "../account/activity.ts";
import { encodeAccount } from "../account/codec.ts";
import { canonicalEmail } from "../account/email.ts";
import { newGuest } from "../account/guest.ts";
import { canonicalIdentity } from "../account/identity.ts";
import { toRecord } from "../account/record.ts";
import { isInUse } from "../account/state.ts";
import { canonicalUsername } from "../account/username.ts";
import type { ImportedAccount, ImportOptions, ImportResult } from "../contract/import.ts";
import type { Engine } from "../engine.ts";
import type { Settings } from "../settings/collections.ts";
import { changeAccount, type ReadAccount, removeAccount } from "../storage/change.ts";
import { accountKey } from "../storage/keys.ts";
import { AGAIN, retry } from "../storage/retry.ts";
import type { StoredAccount } from "../storage/store.ts";
import { checkFree, swapWithLocks, type UniqueKey } from "../storage/uniqueness.ts";
import { type CheckedImport, checkImport } from "./shared/check-import.ts";

/** No password verifies against it, and whatever uses the account replaces it: then it is no placeholder any more. */
const PLACEHOLDER_PASSWORD = "$import$";

/**
 * Stores an account of another system, and never changes one that is there. An account that owns an email, a username or an
 * identity is stored together with its locks. Where that cannot be, it begins as a guest, because a lock is safe only for an
 * account that exists; if the process dies in between, the next import continues, or gc collects the guest.
 */
export async function importAccount(
  engine: Engine,
  input: ImportedAccount,
  { dryRun = false }: ImportOptions = {},
): Promise<ImportResult> {
  const settings = engine.settings.get(input?.collection);
  const checked = await checkImport(engine, settings, input ?? ({} as ImportedAccount));
  const { account, unique } = checked;
  const { store } = engine;
  const read: ReadAccount = () => store.readAny(settings.name, account.id);
  if (dryRun) {
    const present = (await read())?.account;
    if (present && !isPlaceholder(present)) return compared(present, checked, input);
    await Promise.all(unique.map((one) => checkFree(engine, settings.name, account.id, one)));
    return created(account);
  }
  const key = accountKey(settings.name, account.id);
  return await retry("import this account", async () => {
    const atOnce = await (unique.length === 0
      ? create(engine, settings, account)
      : swapWithLocks(engine, key, null, account, dueOf(account, settings), unique));
    if (atOnce) return created(account);
    // where the locks were refused too, the account is likely to be there
    let present = atOnce === false ? await read() : null;
    if (!present && unique.length > 0) {
      present = await create(engine, settings, placeholder(settings, account.id, engine.now()));
    }
    present ??= await read();
    if (!present) return AGAIN;
    if (isPlaceholder(present.account) && present.account.quarantine) {
      // gc collected it, and an account in quarantine is not fenced
      await store.swap(present.key, present.text, null);
      return AGAIN;
    }
    if (!isPlaceholder(present.account)) return compared(present.account, checked, input);
    return (await complete(engine, present, account, unique, read)) ? created(account) : AGAIN;
  });
}

/** `null` when an account has the id already. */
async function create(engine: Engine, settings: Settings, account: Account): Promise<StoredAccount | null> {
  const key = accountKey(settings.name, account.id);
  const text = encodeAccount(account);
  const options = { durable: !account.anonymous };
  return (await engine.store.swap(key, null, text, dueOf(account, settings), options)) ? { key, text, account } : null;
}

/** Makes the account of a placeholder. Returns `false` when it is none any more. */
async function complete(
  engine: Engine,
  begun: StoredAccount,
  account: Account,
  unique: readonly UniqueKey[],
  read: ReadAccount,
): Promise<boolean> {
  let known: StoredAccount | null = begun;
  const readPlaceholder: ReadAccount = async () => {
    // as it was just written or read
    const present = known ?? (await read());
    known = null;
    return present && isPlaceholder(present.account) ? present : null;
  };
  try {
    const change = ({ fence }: Account): Account => ({ ...account, fence });
    return (await changeAccount(engine, readPlaceholder, change, unique)) !== null;
  } catch (error) {
    // one that cannot be removed now is left to gc
    await removeAccount(engine, readPlaceholder, async () => true).catch(() => null);
    throw error;
  }
}

/** No two have the same text: an import must not take a later one for its own, because its locks may be gone with the first. */
function placeholder(settings: Settings, id: string, now: number): Account {
  return { ...newGuest(settings, [], {}, now, id).account, password: PLACEHOLDER_PASSWORD, fence: Math.random() };
}

function isPlaceholder(account: Account): boolean {
  return account.anonymous && account.password === PLACEHOLDER_PASSWORD && !account.hold;
}

function created(account: Account): ImportResult {
  return { outcome: "created", differences: [], record: toRecord(account) };
}

function compared(present: Account, { account }: CheckedImport, input: ImportedAccount): ImportResult {
  const differences = differencesOf(present, account, input);
  return { outcome: differences.length === 0 ? "present" : "differs", differences, record: toRecord(present) };
}

/** What the stored account does not have of what was to be imported. */
function differencesOf(present: Account, wanted: Account, input: ImportedAccount): (keyof ImportedAccount)[] {
  const owned = new Set((present.identities ?? []).map(canonicalIdentity));
  const isOwned = (one: Parameters<typeof canonicalIdentity>[0]): boolean => owned.has(canonicalIdentity(one));
  const differs: Partial<Record<keyof ImportedAccount, boolean>> = {
    anonymous: present.anonymous !== wanted.anonymous || !isInUse(present),
    email: canonicalEmail(present.email) !== canonicalEmail(wanted.email),
    username: nameOf(present) !== nameOf(wanted),
    verified: wanted.verified && !present.verified,
    created: input.created !== undefined && present.created !== wanted.created,
    // a hash that was replaced at the first sign-in, or a new password
    passwordHash: input.passwordHash !== undefined && isStale(present.password, wanted.password),
    identities: !(wanted.identities ?? []).every(isOwned),
    fields: sorted(present.data) !== sorted(wanted.data),
  };
  return (Object.keys(differs) as (keyof ImportedAccount)[]).filter((name) => differs[name]);
}

function nameOf({ username }: Account): string {
  return canonicalUsername(username) ?? username;
}

function isStale(present: string, wanted: string): boolean {
  return present !== wanted && !present.startsWith("$argon2id$");
}

/** JSON in which the order of the names does not count. */
function sorted(data: unknown): string {
  const inOrder = (_: string, value: unknown): unknown => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
  };
  return JSON.stringify(data, inOrder);
}
