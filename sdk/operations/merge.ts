import { randomId } from "../crypto/random.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { tellEnded } from "../hooks/tell.ts";
import { finishMerge, isUnfinished } from "../merging/finish.ts";
import { checkStrategy, mergedFields } from "../merging/settings.ts";
import type { MergeInput, MergeStrategy } from "../merging/types.ts";
import { type Account, encodeAccount } from "../model/account.ts";
import { changeOwnFields } from "../model/own-fields.ts";
import { toRecord } from "../model/record.ts";
import { dueOf } from "../policy/activity.ts";
import { grantsTo, overlaps } from "../policy/grants.ts";
import { liveSession } from "../policy/sessions.ts";
import type { Settings } from "../policy/settings.ts";
import { backOff } from "../storage/back-off.ts";
import { changeAccount } from "../storage/change.ts";
import type { AuthData, TokenClaims } from "../types.ts";
import { authenticate } from "./authenticate.ts";
import { verifyToken } from "./verify-token.ts";

const MAXIMUM_ATTEMPTS = 64;

/** More than anybody has guests, and a bound on what an account carries. */
const MAXIMUM_INCOMING = 16;

/** Due at the beginning of time: every gc finishes what was committed. */
const UNFINISHED_DUE = 0;

/** Two accounts that may be merged. */
interface Pair {
  settings: Settings;
  guest: Account;
  account: Account;
  strategy: MergeStrategy;
}

/**
 * Merges a guest into a registered account that its owner proves to have, too. Until it is committed the guest is as usable
 * as before, and whoever calls again goes on with it; from then on its id and its token are the account's.
 *
 * @throws {AnonError} `invalid_token`, `already_registered`, `not_registered`, `merge_refused`, `merge_forbidden`,
 * `account_held`, `refused`, what the hooks throw, and what is wrong with the fields of both together
 */
export async function merge(engine: Engine, input: MergeInput): Promise<AuthData> {
  const { anonymous, account: accountToken, strategy: chosen } = input ?? ({} as MergeInput);
  const [guestClaims, accountClaims] = [verifyToken(engine, anonymous), verifyToken(engine, accountToken)];
  if (!guestClaims || !accountClaims) throw deadToken();
  if (guestClaims.collectionId !== accountClaims.collectionId) {
    throw new AnonError("merge_refused", "Cannot merge accounts of two collections: sign in to one of the guest's");
  }
  const settings = engine.settings.of(accountClaims.collectionId);
  const pair = await read(engine, settings, guestClaims, accountClaims, chosen ?? settings.merge.strategy);
  if (pair) await mergePair(engine, pair, guestClaims.sid);
  const done = await authenticate(engine, accountToken);
  if (!done) throw deadToken();
  return { token: done.token, record: done.record };
}

/** Both, if they may be merged; `null` when they are already. */
async function read(
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
  if (guest?.merged?.into === account.id && guest.merged.sid === guestClaims.sid) {
    if (isUnfinished(found)) await finishMerge(engine, settings, found);
    return null;
  }
  const isUsable = guest && !guest.merged && !guest.quarantine;
  if (!isUsable || !liveSession(guest, guestClaims.sid, settings, now)) throw deadToken();
  if (!guest.anonymous) throw new AnonError("already_registered", "Cannot merge this account: it is registered");
  if (account.anonymous) {
    throw new AnonError("not_registered", "Cannot merge into a guest: sign in to the registered account");
  }
  const granted = grantsTo("registered", settings.capabilities.registered, toRecord(account));
  if (settings.merge.forbid.some((pattern) => overlaps(granted, pattern))) {
    throw new AnonError("merge_forbidden", "Cannot merge into this account: its collection forbids it");
  }
  if (strategy === "refuse") {
    throw new AnonError("merge_refused", "Cannot merge: the strategy is to refuse, go on with one of the two accounts");
  }
  checkStrategy(strategy, settings.merge.combine);
  if (guest.hold) throw new AnonError("account_held", "Cannot merge this guest: it is on hold, release that first");
  return { settings, guest, account, strategy };
}

async function mergePair(engine: Engine, pair: Pair, sid: string): Promise<void> {
  const { settings, guest, account, strategy } = pair;
  const { happenings, store } = engine;
  const merging = () => ({ record: toRecord(account), guest: toRecord(guest), strategy });
  if (happenings.has("beforeMerge")) await happenings.ask("beforeMerge", merging, "refused");
  // what the account could not be stored with is refused before anything moves
  const data = mergedFields(strategy, settings.merge.combine, account.data, guest.data);
  encodeAccount({ ...account, data: await changeOwnFields({}, data, settings.schema) });

  const id = await mark(engine, pair, sid);
  const noted = await changeAccount(
    store,
    () => store.readAccount(settings.name, account.id),
    (present) => {
      const { incoming = [] } = present;
      if (incoming.some((one) => one.id === id)) return null;
      if (incoming.length >= MAXIMUM_INCOMING) {
        throw new AnonError(
          "conflict",
          "Cannot merge one more guest: too many merges were begun, finish or delete those",
        );
      }
      return { ...present, incoming: [...incoming, { id, from: guest.id }] };
    },
    (next) => dueOf(next, settings),
  );
  if (!noted) throw deadToken();
  if (happenings.has("merge")) {
    await happenings.ask("merge", () => ({ ...merging(), from: guest.id, mergeId: id }), "refused");
  }
  await commit(engine, pair, id, sid);
  const committed = await store.readAny(settings.name, guest.id);
  if (isUnfinished(committed)) await finishMerge(engine, settings, committed);
}

/** Notes with the guest what is under way; whoever goes on with a merge has the id of the one that began. */
async function mark(engine: Engine, { settings, guest, account, strategy }: Pair, sid: string): Promise<string> {
  const { store } = engine;
  const marked = await changeAccount(
    store,
    () => store.readAccount(settings.name, guest.id),
    (present) => {
      if (!present.anonymous) throw new AnonError("already_registered", "Cannot merge this account: it is registered");
      const { merging } = present;
      const isSame = merging?.into === account.id && merging.strategy === strategy;
      return isSame
        ? null
        : { ...present, merging: { id: randomId(), into: account.id, strategy, since: engine.now() } };
    },
    (next) => dueOf(next, settings),
  );
  if (!marked || !liveSession(marked, sid, settings, engine.now())) throw deadToken();
  return (marked.merging as NonNullable<Account["merging"]>).id;
}

/** Makes the guest one that was merged, if nothing came in between: from here on it is done, whatever happens. */
async function commit(engine: Engine, { settings, guest, account }: Pair, id: string, sid: string): Promise<void> {
  const { store } = engine;
  for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
    const present = await store.readAny(settings.name, guest.id);
    if (present?.account.merged?.id === id) return;
    const into = await store.readAccount(settings.name, account.id);
    const isNoted = into?.account.incoming?.some((one) => one.id === id);
    const { merging, hold, quarantine, anonymous = false } = present?.account ?? ({} as Partial<Account>);
    if (!present || merging?.id !== id || !isNoted || !anonymous || hold || quarantine) {
      throw new AnonError("conflict", "Cannot merge: one of the two accounts was changed meanwhile, try again");
    }
    const now = engine.now();
    const sessions = present.account.sessions.filter((one) => one.id === sid);
    const merged = { id, into: account.id, strategy: merging.strategy, at: now, sid, pending: true };
    const next = {
      ...present.account,
      merging: undefined,
      sessions,
      merged: { ...merged, until: now + settings.merge.forwarding },
    };
    if (await store.replace(present, next, UNFINISHED_DUE)) {
      engine.populations.left(settings.name);
      await tellEnded(engine.happenings, present.account, next, "merge", now);
      return;
    }
    await backOff(attempt);
  }
  throw new AnonError("conflict", "Cannot merge: too many change the guest at the same time, try again");
}

function deadToken(): AnonError {
  return new AnonError("invalid_token", "Cannot merge: a token is expired, revoked or not ours");
}
