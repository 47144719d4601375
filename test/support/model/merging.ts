/** The model's merges, by docs/lifecycle.md: both proofs are checked first, then everything is done or nothing. */
import { isDeepStrictEqual } from "node:util";
import type { MergeStrategy } from "../../../sdk/contract/merge.ts";
import type { OwnFields } from "../../../sdk/contract/records.ts";
import type { AnonErrorCode } from "../../../sdk/errors.ts";
import { combine, type HookBehavior, move } from "./application.ts";
import { authenticate, changePassword, type SignedIn, signOut } from "./sessions.ts";
import { type ModelAccount, type ModelMerge, type ModelToken, Refusal } from "./shapes.ts";
import { type Model, recordOf } from "./state.ts";

/** The new password of a change during the merge. */
export const CHANGED = "a horse of another colour";

/** The input of a merge, and what happens during it. */
export interface MergeRequest {
  guest: ModelToken;
  account: ModelToken;
  strategy: MergeStrategy | undefined;
  behavior: HookBehavior;
  /** What happens while the application moves its data: a session ends, or the owner changes the account's password. */
  ends: "guest" | "account" | "password" | null;
}

/** `null` if the application failed, which leaves both accounts unchanged. */
export function merge(model: Model, request: MergeRequest): SignedIn | null {
  const { account } = model.bearer(request.account);
  if (!isDone(model, request, account)) {
    const { account: guest } = model.bearer(request.guest);
    const strategy = request.strategy ?? model.rules.strategy;
    const reasons = [...reasonsAgainst(model, guest, account, strategy)];
    if (reasons.length > 0) throw new Refusal(...reasons);
    const before = guest.begun;
    const { passwords } = account;
    const proofs = { into: account.id, sid: request.guest.sid, accountSid: request.account.sid, passwords };
    guest.begun = { ...proofs, strategy };
    // with other proofs it may be the same merge or a different one
    const again = before !== null && isDeepStrictEqual({ ...before, strategy }, guest.begun);
    if (!carryOut(model, guest, guest.begun, request, again)) return null;
  }
  return authenticate(model, request.account);
}

/** Whether this merge is already done. Repeating it returns the same result. */
function isDone(model: Model, { guest }: MergeRequest, account: ModelAccount): boolean {
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

type Meanwhile = Pick<MergeRequest, "behavior"> & Partial<MergeRequest>;

/** Calls the application's hook, and returns whether the merge is done. A refusal or an invalid proof cancels the merge. */
function carryOut(
  model: Model,
  guest: ModelAccount,
  begun: ModelMerge,
  { behavior, ends, ...tokens }: Meanwhile,
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
  if (behavior === "fails") return false;
  if (behavior === "refuses") return end("refused");
  move(model.orders, guest.id, account.id);
  endProof(model, ends, tokens);
  if (behavior === "fails after moving") return false;
  if (!isProven()) return end("invalid_token");
  commit(model, guest, account, begun, fields);
  return true;
}

function endProof(
  model: Model,
  ends: MergeRequest["ends"] | undefined,
  tokens: Pick<Meanwhile, "guest" | "account">,
): void {
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
 * Resumes every begun merge in the order of the SDK, except those of guests on hold or in quarantine.
 */
export function resumeAll(
  model: Model,
  behavior: HookBehavior,
  order: readonly string[],
): { begun: number; finished: number; failed: number } {
  const begun = [...model.accounts.values()].filter((one) => one.begun !== null);
  begun.sort((one, other) => order.indexOf(one.id) - order.indexOf(other.id));
  const counts = { begun: begun.length, finished: 0, failed: 0 };
  for (const guest of begun) {
    if (guest.hold || guest.quarantine || !guest.begun) continue;
    counts[isResumed(model, guest, guest.begun, behavior) ? "finished" : "failed"]++;
  }
  return counts;
}

function isResumed(model: Model, guest: ModelAccount, begun: ModelMerge, behavior: HookBehavior): boolean {
  try {
    return carryOut(model, guest, begun, { behavior }, true);
  } catch (refusal) {
    if (refusal instanceof Refusal) return false;
    throw refusal;
  }
}

/** The application finds an account by any id that leads to it, and adds an order. */
export function order(model: Model, id: string, what: number): string | null {
  const owner = model.forwarded(id);
  if (!owner) return null;
  model.orders.set(owner.id, [...(model.orders.get(owner.id) ?? []), what]);
  return owner.id;
}
