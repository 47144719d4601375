/** What the model answers of merges, by docs/lifecycle.md: both proofs first, and then all of it or nothing. */
import { isDeepStrictEqual } from "node:util";
import type { MergeStrategy } from "../../../sdk/contract/merge.ts";
import type { OwnFields } from "../../../sdk/contract/records.ts";
import type { AnonErrorCode } from "../../../sdk/errors.ts";
import { combine, type Manner, move } from "./application.ts";
import { authenticate, changePassword, type Entered, signOut } from "./sessions.ts";
import { type ModelAccount, type ModelMerge, type ModelToken, Refusal } from "./shapes.ts";
import { type Model, recordOf } from "./state.ts";

/** What a password is changed to in between. */
export const CHANGED = "a horse of another colour";

/** What is asked for, and what comes in between. */
export interface Merging {
  guest: ModelToken;
  account: ModelToken;
  strategy: MergeStrategy | undefined;
  manner: Manner;
  /** Whose session ends while the application moves its data, or that the account's owner changes a password they know. */
  ends: "guest" | "account" | "password" | null;
}

/** `null`: the application failed, and both are as they were. */
export function merge(model: Model, asked: Merging): Entered | null {
  const { account } = model.bearer(asked.account);
  if (!isDone(model, asked, account)) {
    const { account: guest } = model.bearer(asked.guest);
    const strategy = asked.strategy ?? model.rules.strategy;
    const reasons = [...reasonsAgainst(model, guest, account, strategy)];
    if (reasons.length > 0) throw new Refusal(...reasons);
    const before = guest.begun;
    const { passwords } = account;
    const proofs = { into: account.id, sid: asked.guest.sid, accountSid: asked.account.sid, passwords };
    guest.begun = { ...proofs, strategy };
    // with other proofs it may be the same merge or another one
    const again = before !== null && isDeepStrictEqual({ ...before, strategy }, guest.begun);
    if (!carryOut(model, guest, guest.begun, asked, again)) return null;
  }
  return authenticate(model, asked.account);
}

/** Whoever asks for a merge that is done is answered the same. */
function isDone(model: Model, { guest }: Merging, account: ModelAccount): boolean {
  const merged = model.accounts.get(guest.id)?.merged;
  return model.isVerified(guest) && merged?.into === account.id && merged.sid === guest.sid && merged.until > model.now;
}

function* reasonsAgainst(
  model: Model,
  guest: ModelAccount,
  account: ModelAccount,
  strategy: MergeStrategy,
): Generator<AnonErrorCode> {
  if (!guest.anonymous) yield "already_registered";
  if (account.anonymous) yield "not_registered";
  if (guest.hold) yield "account_held";
  if (strategy === "refuse") yield "merge_refused";
  else if (strategy === "combine" && !model.rules.combines) yield "invalid_options";
  else if (model.rules.forbids && [account, guest].some(({ data }) => data.plan === "paid")) yield "refused";
}

function fieldsOf(strategy: MergeStrategy, account: OwnFields, guest: OwnFields): OwnFields {
  if (strategy === "combine") return combine(account, guest);
  return strategy === "keep-anonymous" ? { ...account, ...guest } : { ...guest, ...account };
}

type Meanwhile = Pick<Merging, "manner"> & Partial<Merging>;

/** Has the application move its data; answers whether it did. What ends a merge has it begun no more. */
function carryOut(
  model: Model,
  guest: ModelAccount,
  begun: ModelMerge,
  { manner, ends, ...tokens }: Meanwhile,
  again: boolean,
): boolean {
  const account = model.usable(begun.into);
  const isProven = (): boolean =>
    !!model.live(guest, begun.sid) &&
    !!account &&
    !!model.live(account, begun.accountSid) &&
    account.passwords === begun.passwords;
  const end = (code: AnonErrorCode): never => {
    guest.begun = null;
    throw new Refusal(code);
  };
  if (!account || !isProven()) return end("invalid_token");
  const fields = fieldsOf(begun.strategy, account.data, guest.data);
  const { strategy } = begun;
  model.steps.push({ from: guest.id, guest: recordOf(guest), record: recordOf(account), strategy, again });
  if (manner === "fails") return false;
  if (manner === "refuses") return end("refused");
  move(model.orders, guest.id, account.id);
  endProof(model, ends, tokens);
  if (manner === "fails behind") return false;
  if (!isProven()) return end("invalid_token");
  commit(model, guest, account, begun, fields);
  return true;
}

function endProof(model: Model, ends: Merging["ends"] | undefined, tokens: Pick<Meanwhile, "guest" | "account">): void {
  if (!ends || !tokens.account) return;
  if (ends === "password") {
    const password = model.accounts.get(tokens.account.id)?.password;
    if (password) changePassword(model, tokens.account, password, CHANGED);
  } else signOut(model, tokens[ends] ?? tokens.account, false);
}

function commit(model: Model, guest: ModelAccount, account: ModelAccount, begun: ModelMerge, fields: OwnFields): void {
  const { now, rules } = model;
  account.data = fields;
  account.updated = now;
  const until = now + rules.forwarding;
  const { strategy: _, ...proofs } = begun;
  const merged = { ...proofs, at: now, until, exchanged: false };
  Object.assign(guest, { merged, begun: null, sessions: [], data: {}, due: until });
  model.merges.push([guest.id, account.id]);
}

/**
 * Goes on with every merge that was begun, in the order that the real thing did. One of a guest that is on hold or in
 * quarantine waits.
 */
export function resumeAll(
  model: Model,
  manner: Manner,
  order: readonly string[],
): { begun: number; finished: number; failed: number } {
  const begun = [...model.accounts.values()].filter((one) => one.begun !== null);
  begun.sort((one, other) => order.indexOf(one.id) - order.indexOf(other.id));
  const counts = { begun: begun.length, finished: 0, failed: 0 };
  for (const guest of begun) {
    if (guest.hold || guest.quarantine || !guest.begun) continue;
    counts[isResumed(model, guest, guest.begun, manner) ? "finished" : "failed"]++;
  }
  return counts;
}

function isResumed(model: Model, guest: ModelAccount, begun: ModelMerge, manner: Manner): boolean {
  try {
    return carryOut(model, guest, begun, { manner }, true);
  } catch (refusal) {
    if (refusal instanceof Refusal) return false;
    throw refusal;
  }
}

/** Whoever runs the application finds an account by any id that it had. */
export function order(model: Model, id: string, what: number): string | null {
  const owner = model.forwarded(id);
  if (!owner) return null;
  model.orders.set(owner.id, [...(model.orders.get(owner.id) ?? []), what]);
  return owner.id;
}
