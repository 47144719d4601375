/** The states of docs/lifecycle.md: how to determine an account's state, and what each state refuses. */
import assert from "node:assert/strict";
import type { Anon } from "../../sdk/contract/anon.ts";
import type { Mail } from "../../sdk/contract/records.ts";
import { type Send, sender } from "./api.ts";
import { type Clock, collect, refused, setUp } from "./sdk.ts";
import type { TestStore } from "./stores.ts";

export type State = "guest" | "registered" | "quarantine" | "merged" | "gone";

/** An account with a current or former token. */
export interface Holder {
  id: string;
  token: string;
}

/** An SDK with a registered account besides the account under test. */
export interface Lifecycle {
  anon: Anon;
  clock: Clock;
  send: Send;
  /** The account into which guests are merged. */
  other: Holder;
  /** The next mail. */
  mailed(): Promise<Mail>;
}

/** A storage on which guests are collected after ten days. */
export async function setUpLifecycle(store: TestStore, quarantine?: "7d"): Promise<Lifecycle> {
  const mails: Mail[] = [];
  let arrived: (mail: Mail) => void = (mail) => mails.push(mail);
  const { anon, clock } = setUp(await store.open(), {
    ...{ retention: "10d", sessionTtl: "300d", merge: { forwarding: "20d" } },
    ...(quarantine ? { quarantine } : {}),
    sendMail: (mail) => arrived(mail),
  });
  const other = await registered(anon, "other");
  const mailed = () =>
    new Promise<Mail>((resolve) => {
      arrived = resolve;
      for (const mail of mails.splice(0)) resolve(mail);
    });
  return { anon, clock, send: sender(anon), other, mailed };
}

export async function guest(anon: Anon, data = {}): Promise<Holder> {
  const { token, record } = await anon.signInAnonymously({ data });
  return { id: record.id, token };
}

/** An account registered with an external identity. */
export async function registered(anon: Anon, subject: string): Promise<Holder> {
  const { token } = await guest(anon);
  const done = await anon.convertWithIdentity(token, { provider: "oidc.example", subject });
  return { id: done.record.id, token: done.token };
}

/** Checks that the account is in this state, and that calls which the diagram does not show for it are refused. */
export async function checkState(life: Lifecycle, who: Holder, state: State): Promise<void> {
  const { anon } = life;
  assert.equal(await stateOf(anon, who.id), state);
  await REFUSED[state](life, who);
  assert.equal(await stateOf(anon, who.id), state, "refused calls changed nothing");
}

async function stateOf(anon: Anon, id: string): Promise<State> {
  const status = await anon.admin.inspect(id);
  const state = status === null ? "gone" : stateIn(status);
  const isListed = async (quarantined: boolean) =>
    (await collect(anon.admin.list({ quarantined }))).some((record) => record.id === id);
  assert.equal(await isListed(false), state === "guest" || state === "registered");
  assert.equal(await isListed(true), state === "quarantine");
  const shown = await anon.admin.get(id);
  assert.equal(shown?.mergedFrom === id, state === "merged");
  assert.equal(shown?.id === id, state === "guest" || state === "registered");
  return state;
}

function stateIn({ record, quarantine, merged }: NonNullable<Awaited<ReturnType<Anon["admin"]["inspect"]>>>): State {
  if (merged) return "merged";
  if (quarantine) return "quarantine";
  return record.anonymous ? "guest" : "registered";
}

const FREE = { provider: "oidc.example", subject: "unused" };

/** Checks calls that are refused for every unusable account: its token is invalid, and its id is not found. */
async function checkUnusable({ anon, other }: Lifecycle, { id, token }: Holder): Promise<void> {
  await refused(anon.refresh(token), "invalid_token");
  await refused(anon.createTransferCode(token), "invalid_token");
  await refused(anon.convertWithIdentity(token, FREE), "invalid_token");
  await refused(anon.requestConversion(token, { email: "eve@example.com" }), "invalid_token");
  await refused(anon.deleteAccount(token), "invalid_token");
  await refused(anon.link(token, FREE), "invalid_token");
  await refused(anon.admin.convertWithIdentity({ id }, FREE), "not_found");
  await refused(anon.admin.update(id, { plan: "paid" }), "not_found");
  const third = await registered(anon, `beside ${id}`);
  await refused(anon.merge({ anonymous: token, account: third.token }), "invalid_token");
  assert.equal(await anon.admin.delete(third.id), true);
  assert(await anon.authenticate(other.token), "the other registered account is unaffected");
}

const REFUSED: Record<State, (life: Lifecycle, who: Holder) => Promise<unknown>> = {
  async guest({ anon }, { id, token }) {
    await refused(anon.link(token, FREE), "not_registered");
    const one = await guest(anon);
    await refused(anon.merge({ anonymous: one.token, account: token }), "not_registered");
    await anon.admin.delete(one.id);
    assert.equal((await anon.admin.restore(id)).id, id, "it is not in quarantine");
    assert.equal((await anon.admin.gc()).deleted, 0, "it was active");
  },
  async registered({ anon, other }, { id, token }) {
    await refused(anon.convertWithIdentity(token, FREE), "already_registered");
    if (id !== other.id) {
      await refused(anon.merge({ anonymous: token, account: other.token }), "already_registered");
    }
    assert.equal(await anon.admin.delete(id, { onlyAnonymous: true }), false);
    assert.equal((await anon.admin.restore(id)).id, id, "it is not in quarantine");
  },
  async quarantine(life, who) {
    const { anon, other } = life;
    assert.equal(await anon.authenticate(who.token), null);
    await refused(anon.merge({ anonymous: who.token, account: other.token }), "invalid_token");
    await checkUnusable(life, who);
  },
  async merged(life, who) {
    const { anon } = life;
    await checkUnusable(life, who);
    const exchanged = await anon.authenticate(who.token);
    assert(exchanged === null || !exchanged.record.anonymous, "the token is exchanged for one of the account");
    assert.equal(await anon.authenticate(who.token), null, "and only once");
    await refused(anon.admin.hold(who.id), "not_found");
    await refused(anon.admin.restore(who.id), "not_found");
    assert.equal(await anon.admin.delete(who.id), false);
  },
  async gone(life, who) {
    const { anon } = life;
    assert.equal(await anon.authenticate(who.token), null);
    await checkUnusable(life, who);
    await refused(anon.admin.hold(who.id), "not_found");
    await refused(anon.admin.restore(who.id), "not_found");
    assert.equal(await anon.admin.delete(who.id), false);
  },
};
