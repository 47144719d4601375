import type { Account } from "../account/account.ts";
import { encodeAccount } from "../account/codec.ts";
import { fingerprint } from "../account/fingerprint.ts";
import { changeOwnFields } from "../account/own-fields.ts";
import { toRecord } from "../account/record.ts";
import { liveSession } from "../account/sessions.ts";
import { isInUse } from "../account/state.ts";
import type { MergeInput, MergeStrategy } from "../contract/merge.ts";
import type { AuthData, TokenClaims } from "../contract/records.ts";
import { randomId } from "../crypto/random.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { commitMerge, type MarkedGuest } from "../merge/commit.ts";
import { mergedFields } from "../merge/fields.ts";
import { finishMerge, isUnfinished } from "../merge/finish.ts";
import { checkProofs, type Proofs } from "../merge/proofs.ts";
import type { Settings } from "../settings/collections.ts";
import { checkStrategy } from "../settings/merge.ts";
import { changeAccount } from "../storage/change.ts";
import { authenticate } from "./authenticate.ts";
import { verifiedClaims } from "./shared/verified-claims.ts";

interface Pair {
  settings: Settings;
  guest: Account;
  account: Account;
  strategy: MergeStrategy;
  proofs: Proofs;
}

export async function merge(engine: Engine, input: MergeInput): Promise<AuthData> {
  const { anonymous, account: accountToken, strategy: chosen } = input ?? ({} as MergeInput);
  const [guestClaims, accountClaims] = [verifiedClaims(engine, anonymous), verifiedClaims(engine, accountToken)];
  if (!guestClaims || !accountClaims) throw deadToken();
  if (guestClaims.collectionId !== accountClaims.collectionId) {
    throw new AnonError(
      "merge_refused",
      "Cannot merge accounts of two collections: sign in to an account of the guest's collection",
    );
  }
  const settings = engine.settings.get(accountClaims.collectionId);
  const look = () => readPair(engine, settings, guestClaims, accountClaims, chosen ?? settings.merge.strategy);
  const pair = await look();
  if (pair) {
    await mergePair(engine, pair).catch(async (error) => {
      // another process may have done the same merge in the meantime
      if ((await look().catch(() => pair)) !== null) throw error;
    });
  }
  const done = await authenticate(engine, accountToken);
  if (!done) throw deadToken();
  return { token: done.token, record: done.record };
}

/** Both accounts, if they may be merged; `null` when they are merged already. */
async function readPair(
  engine: Engine,
  settings: Settings,
  guestClaims: TokenClaims,
  accountClaims: TokenClaims,
  strategy: MergeStrategy,
): Promise<Pair | null> {
  const now = engine.now();
  const account = (await engine.store.readAccount(settings.name, accountClaims.id))?.account;
  if (!account || !liveSession(account, accountClaims.sid, settings, now)) throw deadToken();
  const found = await engine.store.readAny(settings.name, guestClaims.id);
  const guest = found?.account;
  const done = guest?.merged;
  if (done?.into === account.id && done.sid === guestClaims.sid && done.until > now) {
    if (isUnfinished(found)) await finishMerge(engine, settings, found);
    return null;
  }
  const isUsable = guest && isInUse(guest);
  if (!isUsable || !liveSession(guest, guestClaims.sid, settings, now)) throw deadToken();
  if (!guest.anonymous) throw new AnonError("already_registered", "Cannot merge this account: it is registered");
  if (account.anonymous) {
    throw new AnonError("not_registered", "Cannot merge into a guest: sign in to the registered account");
  }
  if (strategy === "refuse") {
    throw new AnonError("merge_refused", "Cannot merge: the strategy is to refuse, go on with one of the two accounts");
  }
  checkStrategy(strategy, settings.merge.combine);
  if (guest.hold) throw new AnonError("account_held", "Cannot merge this guest: it is on hold, release that first");
  const proofs = { sid: guestClaims.sid, accountSid: accountClaims.sid, key: fingerprint(account) };
  const fields = await mergedFields(strategy, settings.merge.combine, account.data, guest.data);
  checkProofs(guest, account, proofs, settings, now);
  // fields that cannot be stored are refused before any data moves
  encodeAccount({ ...account, data: await changeOwnFields({}, fields, settings.schema) });
  return { settings, guest, account, strategy, proofs };
}

async function mergePair(engine: Engine, pair: Pair): Promise<void> {
  const { settings, guest, account, strategy } = pair;
  const { hooks } = engine;
  if (hooks.has("beforeMerge")) {
    const attempt = () => ({ record: toRecord(account), guest: toRecord(guest), strategy });
    await hooks.runBefore("beforeMerge", attempt, "refused");
  }
  await commitMerge(engine, settings, await mark(engine, pair));
}

/** Marks the guest. A merge that is resumed keeps its id. */
async function mark(engine: Engine, { settings, guest, account, strategy, proofs }: Pair): Promise<MarkedGuest> {
  const marked = await changeAccount(
    engine,
    () => engine.store.readAccount(settings.name, guest.id),
    (present) => {
      if (!liveSession(present, proofs.sid, settings, engine.now())) throw deadToken();
      if (!present.anonymous) throw new AnonError("already_registered", "Cannot merge this account: it is registered");
      const { merging } = present;
      const id = merging?.into === account.id ? merging.id : randomId();
      return { ...present, merging: { id, into: account.id, strategy, ...proofs, since: engine.now() } };
    },
  );
  if (!marked) throw deadToken();
  return marked.after as MarkedGuest;
}

function deadToken(): AnonError {
  return new AnonError("invalid_token", "Cannot merge: a token is expired, revoked or not ours");
}
