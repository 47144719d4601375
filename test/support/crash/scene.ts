/** The accounts that exist before a process dies, and checks of them and of the storage afterwards. */
import assert from "node:assert/strict";
import type { Account } from "../../../sdk/account/account.ts";
import { activeUntil } from "../../../sdk/account/activity.ts";
import type { Engine } from "../../../sdk/engine.ts";
import { AnonError } from "../../../sdk/errors.ts";
import { handleApi } from "../../../sdk/http/api/handler.ts";
import { FetchMessage, toResponse } from "../../../sdk/http/fetch-message.ts";
import { convert } from "../../../sdk/operations/convert.ts";
import { gc } from "../../../sdk/operations/gc.ts";
import { link } from "../../../sdk/operations/link.ts";
import { list } from "../../../sdk/operations/list.ts";
import { signInAnonymously } from "../../../sdk/operations/sign-in-anonymously.ts";
import { signInWithIdentity } from "../../../sdk/operations/sign-in-with-identity.ts";
import { signInWithPassword } from "../../../sdk/operations/sign-in-with-password.ts";
import { apiSettings } from "../../../sdk/settings/api.ts";
import { cookieSettings } from "../../../sdk/settings/cookie.ts";
import { accountKey } from "../../../sdk/storage/keys.ts";
import { collect } from "../sdk.ts";
import { accountsOf, checkAlways, dueOf, HOUR, heal, LEASE, locksOwnedBy, PASSWORD, type World } from "../world.ts";

export const NEW_PASSWORD = "another correct horse";
export const ADA = "ada@example.com";
export const EVE = "eve@example.com";
/** An email that no account has. */
export const FREE = "free@example.com";
export const GOOGLE = { provider: "google", subject: "1" };
export const GITHUB = { provider: "github", subject: "1" };
/** An identity that no account has. */
export const PASSKEY = { provider: "passkey", subject: "1" };
export const RETENTION: number = 240 * HOUR;

interface Person {
  id: string;
  token: string;
}

/** A guest; Ada, who registered with an email; Eve, who registered with Google and linked GitHub. */
export interface Scene {
  guest: Person;
  ada: Person;
  eve: Person;
}

export async function createScene(world: World): Promise<Scene> {
  const engine = world.process();
  const createGuest = () => signInAnonymously(engine);
  const guest = await createGuest();
  const ada = await convert(engine, (await createGuest()).token, { email: ADA, username: "ada", password: PASSWORD });
  const identity = { ...GOOGLE, email: EVE, emailVerified: true };
  const eve = await convert(engine, (await createGuest()).token, {}, undefined, { vouched: { identity } });
  await link(engine, eve.token, GITHUB);
  const person = ({ token, record: { id } }: { token: string; record: { id: string } }): Person => ({ id, token });
  return { guest: person(guest), ada: person(ada), eve: person(eve) };
}

/** Sends a request to the HTTP API. */
export async function send(
  engine: Engine,
  method: string,
  path: string,
  body: object,
  token?: string,
): Promise<Response> {
  const http = {
    ...{ engine, cookie: cookieSettings(undefined), api: apiSettings(undefined) },
    ...{ proxy: null, warnNoAddress: () => undefined, sendMail: () => undefined },
  };
  const headers = { "content-type": "application/json", ...(token === undefined ? {} : { authorization: token }) };
  const url = `https://shop.example/api/collections/users/${path}`;
  const request = new Request(url, { method, headers, body: JSON.stringify(body) });
  return toResponse(await handleApi(http, new FetchMessage(request, {})));
}

/** Checks that no account is lost, and that registered ones stay registered and can sign in in every stored way. */
export async function checkAccounts(world: World, scene: Scene, mayBeGone: readonly (keyof Scene)[]): Promise<void> {
  await checkAlways(world);
  const accounts = new Map((await accountsOf(world)).map((account) => [account.id, account]));
  for (const [name, { id }] of Object.entries(scene) as [keyof Scene, Person][]) {
    const account = accounts.get(id);
    if (!account) assert(mayBeGone.includes(name), `${name} was not lost`);
    else if (name !== "guest") assert.equal(account.anonymous, false, `${name} is registered`);
  }
  const engine = world.process();
  for (const account of accounts.values()) {
    if (account.anonymous) continue;
    for (const one of account.identities ?? []) {
      assert.equal((await signInWithIdentity(engine, one))?.record.id, account.id);
    }
    if (account.password.startsWith("$sha256$"))
      assert(account.identities || account.verified, "the account has a way in");
    else
      assert.equal(await passwordsOf(engine, account), 1, "exactly one password is valid, the previous or the new one");
  }
}

async function passwordsOf(engine: Engine, { email, id }: Account): Promise<number> {
  let valid = 0;
  for (const password of [PASSWORD, NEW_PASSWORD]) {
    const outcome = await signInWithPassword(engine, email, password).catch((error) => error);
    if (outcome instanceof AnonError) assert.equal(outcome.code, "invalid_credentials");
    else if (outcome.record.id === id) valid++;
    else assert.fail(`${outcome}`);
  }
  return valid;
}

/** Checks that the crash left nothing behind: all locks are owned, and the due queue holds exactly the guests. */
export async function checkHealed(world: World): Promise<void> {
  world.now += LEASE;
  const engine = world.process();
  await heal(engine);
  await checkAlways(world);
  const accounts = await accountsOf(world);
  const locks = await collect(world.driver.keys("clm:"));
  assert.deepEqual(locks.sort(), accounts.flatMap(locksOwnedBy).sort(), "the locks are those that accounts own");
  const due = new Map([...(await dueOf(world))].filter(([key]) => !/^(one|cod):/.test(key)));
  for (const account of accounts.filter(({ anonymous }) => anonymous)) {
    const key = accountKey("users", account.id);
    const at = due.get(key);
    assert(at !== undefined, "every guest is in the queue");
    if (account.quarantine) assert(at <= account.quarantine.until);
    else assert.equal(at, activeUntil(account, engine.settings.get("users")));
    due.delete(key);
  }
  assert.deepEqual([...due.keys()], [], "nothing else is in the queue");
}

/** Checks that emails and identities without an owner can be used once, and those with one cannot. */
export async function checkFree(world: World): Promise<void> {
  const engine = world.process();
  for (const input of [ADA, EVE, FREE].map((email) => ({ email, password: PASSWORD }))) {
    const owner = (await accountsOf(world)).find(({ anonymous, email }) => !anonymous && email === input.email);
    const outcome = convert(engine, (await signInAnonymously(engine)).token, input);
    if (owner) await assert.rejects(outcome, { code: "email_taken" });
    else assert.equal((await outcome).record.email, input.email);
  }
  for (const identity of [GOOGLE, GITHUB, PASSKEY]) {
    const owner = await signInWithIdentity(engine, identity);
    const outcome = convert(engine, (await signInAnonymously(engine)).token, {}, undefined, { vouched: { identity } });
    if (owner) await assert.rejects(outcome, { code: "identity_taken" });
    else assert.equal((await outcome).record.anonymous, false);
  }
}

/** Checks that a year later gc has collected every guest that is not on hold, no registered account, and the whole queue. */
export async function checkCollected(world: World): Promise<void> {
  const stays = (await accountsOf(world)).filter(({ anonymous, hold }) => !anonymous || hold);
  // several runs: warning, quarantine, deletion
  for (let run = 0; run < 4; run++) {
    world.now += 90 * 24 * HOUR;
    await gc(world.process(), { olderThan: RETENTION });
  }
  const left = await accountsOf(world);
  assert.deepEqual(left.map(({ id }) => id).sort(), stays.map(({ id }) => id).sort());
  const held = left.filter(({ anonymous }) => anonymous).map(({ id }) => accountKey("users", id));
  assert.deepEqual([...(await dueOf(world)).keys()].sort(), held.sort());
  const shown = await collect(list(world.process(), { anonymous: false }));
  assert.equal(shown.length, left.length - held.length);
}
