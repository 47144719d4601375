/** Commands that merge guests into accounts, and that use the ids and tokens of merged guests. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { MergeStrategy } from "../../../sdk/contract/merge.ts";
import { changePassword } from "../../../sdk/operations/change-password.ts";
import { doctor } from "../../../sdk/operations/doctor.ts";
import { get } from "../../../sdk/operations/get.ts";
import { merge } from "../../../sdk/operations/merge.ts";
import { signOut } from "../../../sdk/operations/sign-out.ts";
import { type HookBehavior, ShopIsDown } from "./application.ts";
import { back, command, counters, type ModelCommand, often } from "./command.ts";
import { CHANGED, type MergeRequest, merge as mergeInModel, order, resumeAll } from "./merging.ts";
import { compare, noteAuthenticated, type Real } from "./real.ts";
import type { ModelAccount, ModelMerge, ModelToken } from "./shapes.ts";
import { authenticateBoth, createGuest, signInOnAnotherDevice, signInOwner } from "./sign-ins.ts";
import type { Model } from "./state.ts";

/**
 * Kinds of tokens: a valid one of a guest or a registered account; one that proved the guest (`begun`) or the account
 * (`proving`) of a begun merge; one of a merged guest, or any, valid or not.
 */
type Kind = "any" | "guest" | "begun" | "registered" | "proving" | "merged";

interface TokenChoice {
  kind: Kind | "new";
  back: number;
}

const KINDS: Record<Kind, (model: Model, token: ModelToken) => boolean> = {
  any: () => true,
  guest: (model, token) => ownerOf(model, token)?.anonymous === true,
  begun: (model, { id, sid }) => model.accounts.get(id)?.begun?.sid === sid,
  proving: (model, { id, sid }) => begunBy(model).some(({ into, accountSid }) => into === id && accountSid === sid),
  registered: (model, token) => ownerOf(model, token)?.anonymous === false,
  merged: (model, { id }) => !!model.accounts.get(id)?.merged,
};

function begunBy(model: Model): ModelMerge[] {
  return [...model.accounts.values()].flatMap(({ begun }) => begun ?? []);
}

/** The account of a valid token. */
function ownerOf(model: Model, token: ModelToken): ModelAccount | undefined {
  const account = model.isVerified(token) ? model.usable(token.id) : undefined;
  return account && model.live(account, token.sid) ? account : undefined;
}

function tokenOf(model: Model, kind: Kind, back: number): ModelToken {
  const all = model.tokens.filter((token) => KINDS[kind](model, token));
  return all[all.length - 1 - (back % all.length)] ?? model.token(back);
}

async function guestOf(model: Model, real: Real, { kind, back }: TokenChoice): Promise<ModelToken> {
  if (kind !== "new") return tokenOf(model, kind, back);
  const token = await createGuest(model, real, { cart: back % 5 });
  if (back % 2 === 0 || model.rules.maxSessions === 1) return token;
  const other = await signInOnAnotherDevice(model, real, token);
  return back % 4 === 1 ? token : other;
}

async function accountOf(model: Model, real: Real, { kind, back }: TokenChoice): Promise<ModelToken> {
  return kind === "new" ? await signInOwner(model, real, back) : tokenOf(model, kind, back);
}

/** Usually of a kind that the command accepts. */
const tokenChoice = (...kinds: TokenChoice["kind"][]): fc.Arbitrary<TokenChoice> =>
  fc.record({ kind: fc.constantFrom(...kinds), back });
const guest = tokenChoice("new", "new", "new", "guest", "guest", "guest", "merged", "any");
const account = tokenChoice("new", "new", "registered", "registered", "registered", "any");
const pair = fc.oneof(
  { weight: 3, arbitrary: fc.record({ guest, account }) },
  { weight: 1, arbitrary: fc.record({ guest: tokenChoice("begun"), account: tokenChoice("proving") }) },
);
const strategy = fc.constantFrom<MergeStrategy | undefined>(
  ...([undefined, undefined, "keep-account", "keep-anonymous", "combine", "refuse"] as const),
);
const behavior = fc.constantFrom<HookBehavior>("moves", "moves", "moves", "fails", "fails after moving", "refuses");
const ends = fc.constantFrom<MergeRequest["ends"]>(
  ...([null, null, null, null, null, null, "guest", "account", "password", "password"] as const),
);

/** Compares the calls of the application's hooks with those of the model. */
function checkApplication(model: Model, { application }: Real): void {
  const calls = application.steps.map(({ mergeId: _, ...step }) => step);
  assert.deepEqual(
    calls,
    model.steps.map(({ again: _, ...step }) => step),
  );
  const ids = new Map<string, string>();
  for (const [index, { from, record, mergeId }] of application.steps.entries()) {
    const both = `${from} ${record.id}`;
    assert.equal(ids.get(mergeId) ?? both, both, "one merge id belongs to one merge");
    if (model.steps[index]?.again) assert(ids.has(mergeId), "a repeated merge has the same id");
    ids.set(mergeId, both);
  }
  assert.deepEqual(application.merges, model.merges);
  assert.deepEqual(application.orders, model.orders, "every order is at the account that it was moved to");
}

const merging = often(
  command("merge", fc.record({ pair, strategy, behavior, ends }), async (model, real, { pair, ...input }) => {
    const { application, engine } = real;
    const tokens = {
      account: await accountOf(model, real, pair.account),
      guest: await guestOf(model, real, pair.guest),
    };
    const request: MergeRequest = { ...input, ...tokens };
    const [merges, steps] = [model.merges.length, model.steps.length];
    const known = model.accounts.get(request.account.id)?.password;
    application.behavior = request.behavior;
    application.meanwhile = async () => {
      const { ends, account } = request;
      if (ends === "password") {
        if (known) await changePassword(engine, account.text, { oldPassword: known, password: CHANGED });
      } else if (ends) await signOut(engine, request[ends].text);
    };
    const both = { anonymous: request.guest.text, account: request.account.text, strategy: request.strategy };
    await compare(
      () => mergeInModel(model, request),
      () =>
        merge(engine, both).catch((error) => {
          if (error instanceof ShopIsDown) return null;
          throw error;
        }),
      (expected, result) => {
        assert.equal(result === null, expected === null, expected ? "done" : "the application failed");
        if (expected && result) noteAuthenticated(real, model, request.account, expected, result);
      },
    );
    checkApplication(model, real);
    if (model.merges.length === merges) return;
    counters.merged++;
    if (model.steps[steps]?.again) counters.resumed++;
  }),
);

const exchanging = often(
  command("exchange", back, (model, real, back) => authenticateBoth(model, real, tokenOf(model, "merged", back))),
);

export const MERGE_COMMANDS: readonly fc.Arbitrary<ModelCommand>[] = [
  ...merging,
  ...merging,
  ...exchanging,
  command("doctor", behavior, async (model, real, how) => {
    const { application, engine } = real;
    Object.assign(application, { behavior: how, meanwhile: async () => undefined });
    const all = [...model.accounts.values()];
    const kinds = {
      anonymous: all.filter((one) => one.anonymous && !one.quarantine && !one.merged).length,
      registered: all.filter((one) => !one.anonymous).length,
      held: all.filter((one) => one.hold).length,
      quarantined: all.filter((one) => one.quarantine).length,
      merged: all.filter((one) => one.merged).length,
    };
    const before = application.steps.length;
    const report = await doctor(engine);
    const resumed = application.steps.slice(before).map(({ from }) => from);
    assert.deepEqual([report.accounts, report.damaged.count], [kinds, 0]);
    assert.deepEqual(report.merges, resumeAll(model, how, resumed));
    checkApplication(model, real);
    counters.merged += report.merges.finished;
    counters.resumed += report.merges.finished;
  }),
  ...often(
    command("order", fc.record({ id: back, what: fc.nat(999) }), async (model, { engine, application }, input) => {
      const id = model.id(input.id);
      const owner = await get(engine, id);
      assert.equal(owner?.id ?? null, order(model, id, input.what));
      if (!owner) return;
      assert.equal(owner.mergedFrom, owner.id === id ? undefined : id);
      if (owner.mergedFrom) counters.forwarded++;
      application.orders.set(owner.id, [...(application.orders.get(owner.id) ?? []), input.what]);
    }),
  ),
];
