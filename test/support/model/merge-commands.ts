/** Commands that merge guests into accounts, and that find afterwards what was theirs. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { MergeStrategy } from "../../../sdk/contract/merge.ts";
import { changePassword } from "../../../sdk/operations/change-password.ts";
import { doctor } from "../../../sdk/operations/doctor.ts";
import { get } from "../../../sdk/operations/get.ts";
import { merge } from "../../../sdk/operations/merge.ts";
import { signOut } from "../../../sdk/operations/sign-out.ts";
import { type Manner, ShopIsDown } from "./application.ts";
import { authenticates, bringsAnotherDevice, guestArrives, ownerReturns } from "./arrive.ts";
import { back, command, type ModelCommand, often, ran } from "./command.ts";
import { CHANGED, type Merging, merge as mergeInModel, order, resumeAll } from "./merging.ts";
import { agree, noteAuthenticated, type Real } from "./real.ts";
import type { ModelAccount, ModelMerge, ModelToken } from "./shapes.ts";
import type { Model } from "./state.ts";

/**
 * Whose token is meant: a guest's or a registered account's that is good, or of those a token which proved a merge that is
 * begun; a merged guest's or any that need not be good.
 */
type Kind = "anybody" | "guest" | "begun" | "registered" | "proving" | "merged";

interface Meant {
  kind: Kind | "arriving";
  back: number;
}

const KINDS: Record<Kind, (model: Model, token: ModelToken) => boolean> = {
  anybody: () => true,
  guest: (model, token) => ownerOf(model, token)?.anonymous === true,
  begun: (model, { id, sid }) => model.accounts.get(id)?.begun?.sid === sid,
  proving: (model, { id, sid }) => begunBy(model).some(({ into, accountSid }) => into === id && accountSid === sid),
  registered: (model, token) => ownerOf(model, token)?.anonymous === false,
  merged: (model, { id }) => !!model.accounts.get(id)?.merged,
};

function begunBy(model: Model): ModelMerge[] {
  return [...model.accounts.values()].flatMap(({ begun }) => begun ?? []);
}

/** Whose it is, as long as it is good. */
function ownerOf(model: Model, token: ModelToken): ModelAccount | undefined {
  const account = model.isVerified(token) ? model.usable(token.id) : undefined;
  return account && model.live(account, token.sid) ? account : undefined;
}

function tokenOf(model: Model, kind: Kind, back: number): ModelToken {
  const all = model.tokens.filter((token) => KINDS[kind](model, token));
  return all[all.length - 1 - (back % all.length)] ?? model.token(back);
}

async function guestOf(model: Model, real: Real, { kind, back }: Meant): Promise<ModelToken> {
  if (kind !== "arriving") return tokenOf(model, kind, back);
  const token = await guestArrives(model, real, { cart: back % 5 });
  if (back % 2 === 0 || model.rules.maxSessions === 1) return token;
  const other = await bringsAnotherDevice(model, real, token);
  return back % 4 === 1 ? token : other;
}

async function accountOf(model: Model, real: Real, { kind, back }: Meant): Promise<ModelToken> {
  return kind === "arriving" ? await ownerReturns(model, real, back) : tokenOf(model, kind, back);
}

/** Of the kind that it has to be more often than not. */
const meant = (...kinds: Meant["kind"][]): fc.Arbitrary<Meant> => fc.record({ kind: fc.constantFrom(...kinds), back });
const guest = meant("arriving", "arriving", "arriving", "guest", "guest", "guest", "merged", "anybody");
const account = meant("arriving", "arriving", "registered", "registered", "registered", "anybody");
const pair = fc.oneof(
  { weight: 3, arbitrary: fc.record({ guest, account }) },
  { weight: 1, arbitrary: fc.record({ guest: meant("begun"), account: meant("proving") }) },
);
const strategy = fc.constantFrom<MergeStrategy | undefined>(
  ...([undefined, undefined, "keep-account", "keep-anonymous", "combine", "refuse"] as const),
);
const manner = fc.constantFrom<Manner>("moves", "moves", "moves", "fails", "fails behind", "refuses");
const ends = fc.constantFrom<Merging["ends"]>(
  ...([null, null, null, null, null, null, "guest", "account", "password", "password"] as const),
);

/** What the application was asked and told, beside what the model says that it is. */
function checkApplication(model: Model, { application }: Real): void {
  const asked = application.steps.map(({ mergeId: _, ...step }) => step);
  assert.deepEqual(
    asked,
    model.steps.map(({ again: _, ...step }) => step),
  );
  const ids = new Map<string, string>();
  for (const [index, { from, record, mergeId }] of application.steps.entries()) {
    const both = `${from} ${record.id}`;
    assert.equal(ids.get(mergeId) ?? both, both, "what it is asked by one id is one merge");
    if (model.steps[index]?.again) assert(ids.has(mergeId), "and the same one comes again by the same id");
    ids.set(mergeId, both);
  }
  assert.deepEqual(application.merges, model.merges);
  assert.deepEqual(application.orders, model.orders, "every order is where it was moved to");
}

const merging = often(
  command("merge", fc.record({ pair, strategy, manner, ends }), async (model, real, { pair, ...input }) => {
    const { application, engine } = real;
    const tokens = {
      account: await accountOf(model, real, pair.account),
      guest: await guestOf(model, real, pair.guest),
    };
    const asked: Merging = { ...input, ...tokens };
    const [merges, steps] = [model.merges.length, model.steps.length];
    const known = model.accounts.get(asked.account.id)?.password;
    application.manner = asked.manner;
    application.meanwhile = async () => {
      const { ends, account } = asked;
      if (ends === "password") {
        if (known) await changePassword(engine, account.text, { oldPassword: known, password: CHANGED });
      } else if (ends) await signOut(engine, asked[ends].text);
    };
    const both = { anonymous: asked.guest.text, account: asked.account.text, strategy: asked.strategy };
    await agree(
      () => mergeInModel(model, asked),
      () =>
        merge(engine, both).catch((error) => {
          if (error instanceof ShopIsDown) return null;
          throw error;
        }),
      (expected, answer) => {
        assert.equal(answer === null, expected === null, expected ? "done" : "the application failed");
        if (expected && answer) noteAuthenticated(real, model, asked.account, expected, answer);
      },
    );
    checkApplication(model, real);
    if (model.merges.length === merges) return;
    ran.merged++;
    if (model.steps[steps]?.again) ran.resumed++;
  }),
);

const exchanging = often(
  command("exchange", back, (model, real, back) => authenticates(model, real, tokenOf(model, "merged", back))),
);

export const MERGE_COMMANDS: readonly fc.Arbitrary<ModelCommand>[] = [
  ...merging,
  ...merging,
  ...exchanging,
  command("doctor", manner, async (model, real, how) => {
    const { application, engine } = real;
    Object.assign(application, { manner: how, meanwhile: async () => undefined });
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
    const asked = application.steps.slice(before).map(({ from }) => from);
    assert.deepEqual([report.accounts, report.damaged.count], [kinds, 0]);
    assert.deepEqual(report.merges, resumeAll(model, how, asked));
    checkApplication(model, real);
    ran.merged += report.merges.finished;
    ran.resumed += report.merges.finished;
  }),
  ...often(
    command("order", fc.record({ id: back, what: fc.nat(999) }), async (model, { engine, application }, input) => {
      const id = model.id(input.id);
      const owner = await get(engine, id);
      assert.equal(owner?.id ?? null, order(model, id, input.what));
      if (!owner) return;
      assert.equal(owner.mergedFrom, owner.id === id ? undefined : id);
      if (owner.mergedFrom) ran.forwarded++;
      application.orders.set(owner.id, [...(application.orders.get(owner.id) ?? []), input.what]);
    }),
  ),
];
