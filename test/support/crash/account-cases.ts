/** Operations during which a process dies: external identities, and the HTTP API. */
import assert from "node:assert/strict";
import type { AnonOptions } from "../../../sdk/contract/options.ts";
import type { Engine } from "../../../sdk/engine.ts";
import type { AnonError } from "../../../sdk/errors.ts";
import { confirmConversion } from "../../../sdk/operations/confirm-conversion.ts";
import { convert } from "../../../sdk/operations/convert.ts";
import { createUser } from "../../../sdk/operations/create-user.ts";
import { deleteAccount } from "../../../sdk/operations/delete-account.ts";
import { endSession } from "../../../sdk/operations/end-session.ts";
import { importAccount } from "../../../sdk/operations/import-account.ts";
import { link } from "../../../sdk/operations/link.ts";
import { requestConversion } from "../../../sdk/operations/request-conversion.ts";
import { requestEmailChange } from "../../../sdk/operations/request-email-change.ts";
import { requestPasswordReset } from "../../../sdk/operations/request-password-reset.ts";
import { requestVerification } from "../../../sdk/operations/request-verification.ts";
import { signInAnonymously } from "../../../sdk/operations/sign-in-anonymously.ts";
import { signInWithIdentity } from "../../../sdk/operations/sign-in-with-identity.ts";
import { signInWithPassword } from "../../../sdk/operations/sign-in-with-password.ts";
import { unlink } from "../../../sdk/operations/unlink.ts";
import { verifyToken } from "../../../sdk/operations/verify-token.ts";
import { verifyPassword } from "../../../sdk/passwords/verify.ts";
import { crashing, oneByOne } from "../crashing-driver.ts";
import { accountsOf, BCRYPT_HASH, LEASE, PASSWORD, type World } from "../world.ts";
import { ADA, FREE, GITHUB, GOOGLE, NEW_PASSWORD, PASSKEY, type Scene, send } from "./scene.ts";

export interface Case {
  name: string;
  /** The fewest calls that the operation needs: a case without calls would prove nothing. */
  calls: number;
  /** What the dying process does; `prepared` is the result of `prepare`. */
  run(engine: Engine, scene: Scene, prepared: string): Promise<unknown>;
  /** Runs before the process that dies. */
  prepare?(world: World, scene: Scene): Promise<unknown>;
  settings?: Partial<AnonOptions>;
  mayBeGone?: readonly (keyof Scene)[];
  /** An additional check before healing; `done` is whether the process completed. */
  check?(world: World, scene: Scene, done: boolean, prepared: string): Promise<unknown>;
}

const NEW = { password: PASSWORD, passwordConfirm: PASSWORD };
const CHANGED = { password: NEW_PASSWORD, passwordConfirm: NEW_PASSWORD };
const collection = "users";

/** The token in a mail to Ada. */
const mailed = async (world: World, request: typeof requestVerification | typeof requestPasswordReset) =>
  (await (await request(world.process(), ADA, { collection }))?.())?.token;

/** Expects a refusal with this code, and passes on every other error, such as a failed storage. */
async function refusedWith(call: Promise<unknown>, code: string): Promise<void> {
  try {
    await call;
  } catch (error) {
    if ((error as AnonError).code !== code) throw error;
    return;
  }
  assert.fail(`Not refused with ${code}`);
}

/** Either nothing was done yet, or the squatter has lost every session and identity. */
async function handedOver(world: World, { ada }: Scene, done: boolean): Promise<void> {
  const account = (await accountsOf(world)).find(({ id }) => id === ada.id);
  assert(account && (account.verified || !done));
  const { sid } = verifyToken(world.process(), ada.token)!;
  const left = account.sessions.filter(({ id }) => id === sid).length;
  const identities = (account.identities ?? []).filter((one) => !one.emailVerified).length;
  assert.deepEqual([left, identities], account.verified ? [0, 0] : [1, 1]);
}

/** The account has the new or the previous password; with the previous one, the code is valid again after half a minute. */
async function resettable(world: World, { ada }: Scene, done: boolean, token: string): Promise<void> {
  const account = (await accountsOf(world)).find(({ id }) => id === ada.id)!;
  const isReset = await verifyPassword(account.password, NEW_PASSWORD);
  assert(isReset || (!done && (await verifyPassword(account.password, PASSWORD))));
  if (isReset) return;
  world.now += 30_000;
  const { status } = await send(world.process(), "POST", "confirm-password-reset", { token, ...CHANGED });
  assert.equal(status, 204);
}

/** An account of another system. */
const IMPORTED = { id: "Other_1", email: FREE, username: "free", verified: true, identities: [PASSKEY] };

/** Imports again, which continues what a dead process began, and changes nothing when that was complete. */
async function importable(world: World, _: Scene, done: boolean): Promise<void> {
  const { outcome } = await importAccount(world.process(), IMPORTED);
  assert(outcome === "present" || (!done && outcome === "created"), outcome);
  assert.equal((await importAccount(world.process(), IMPORTED)).outcome, "present");
}

export const ACCOUNT_CASES: readonly Case[] = [
  { name: "createUser", calls: 1, run: (engine) => createUser(engine) },
  {
    name: "convert with an identity, its email and a username",
    calls: 8,
    run: (engine, { guest }) => {
      const identity = { ...PASSKEY, email: FREE, emailVerified: true };
      return convert(engine, guest.token, { username: "free" }, undefined, { vouched: { identity } });
    },
  },
  {
    name: "convert with an identity, refused because of its email",
    calls: 8,
    run: (engine, { guest }) => {
      const identity = { ...PASSKEY, email: ADA, emailVerified: true };
      return refusedWith(convert(engine, guest.token, {}, undefined, { vouched: { identity } }), "email_taken");
    },
  },
  { name: "link", calls: 4, run: (engine, { ada }) => link(engine, ada.token, PASSKEY) },
  {
    name: "link of an identity that a dead process locked",
    calls: 7,
    async prepare(world) {
      const { token } = await signInAnonymously(world.process());
      const process = crashing(oneByOne(world.driver), 2, "after");
      const conversion = convert(world.process(process.driver), token, {}, undefined, {
        vouched: { identity: PASSKEY },
      });
      assert.equal(await Promise.race([conversion, process.died]), "died");
      world.now += LEASE;
    },
    run: (engine, { ada }) => link(engine, ada.token, PASSKEY),
  },
  {
    name: "link refused",
    calls: 3,
    run: (engine, { ada }) => refusedWith(link(engine, ada.token, GOOGLE), "identity_taken"),
  },
  { name: "unlink by a token", calls: 12, run: (engine, { eve }) => unlink(engine, eve.token, GITHUB) },
  {
    name: "unlink of the last identity of an account with a password",
    calls: 12,
    prepare: (world, { ada }) => link(world.process(), ada.token, PASSKEY),
    run: (engine, { ada }) => unlink(engine, { id: ada.id }, PASSKEY),
  },
  { name: "sign in with an identity", calls: 4, run: (engine) => signInWithIdentity(engine, GOOGLE) },
  {
    name: "endSession",
    calls: 2,
    prepare: (world) => signInWithIdentity(world.process(), GOOGLE),
    run: (engine, { eve }) => endSession(engine, eve.token, verifyToken(engine, eve.token)!.sid),
  },
  {
    name: "delete of an account with identities",
    calls: 12,
    mayBeGone: ["eve"],
    run: (engine, { eve }) => deleteAccount(engine, eve.token),
  },
  {
    name: "register over HTTP",
    calls: 12,
    run: (engine) => send(engine, "POST", "records", { email: FREE, username: "free", ...NEW }),
  },
  {
    name: "register over HTTP, refused",
    calls: 5,
    run: async (engine) => {
      const response = await send(engine, "POST", "records", { email: ADA, ...NEW });
      if (response.status !== 503) assert.equal(response.status, 400);
      return response.status === 503 ? response : null;
    },
    check: async (world, _, done) => assert(!done || (await accountsOf(world)).length === 3, "no guest is left"),
  },
  { name: "import of an account", calls: 8, run: (engine) => importAccount(engine, IMPORTED) },
  {
    name: "import of an account, again",
    calls: 8,
    run: (engine) => importAccount(engine, IMPORTED),
    check: importable,
  },
  {
    name: "import that continues that of a dead process",
    calls: 11,
    async prepare(world) {
      const process = crashing(oneByOne(world.driver), 2, "after");
      const dying = importAccount(world.process(process.driver), IMPORTED);
      assert.equal(await Promise.race([dying, process.died]), "died");
    },
    run: (engine) => importAccount(engine, IMPORTED),
    check: importable,
  },
  {
    name: "import that is refused because of its identity",
    calls: 10,
    run: (engine) => refusedWith(importAccount(engine, { ...IMPORTED, identities: [GOOGLE] }), "identity_taken"),
    check: async (world, _, done) => assert(!done || (await accountsOf(world)).length === 3, "no guest is left"),
  },
  {
    name: "import of a guest",
    calls: 1,
    run: (engine) => importAccount(engine, { id: IMPORTED.id, anonymous: true }),
  },
  {
    name: "sign-in that replaces the hash of another system",
    calls: 4,
    prepare: (world) => importAccount(world.process(), { ...IMPORTED, passwordHash: BCRYPT_HASH }),
    run: (engine) => signInWithPassword(engine, FREE, PASSWORD),
  },
  {
    name: "change of password over HTTP",
    calls: 4,
    run: (engine, { ada }) =>
      send(engine, "PATCH", `records/${ada.id}`, { oldPassword: PASSWORD, ...CHANGED }, ada.token),
  },
  {
    name: "verification over HTTP",
    calls: 2,
    prepare: (world) => mailed(world, requestVerification),
    run: (engine, _, token) => send(engine, "POST", "confirm-verification", { token }),
  },
  {
    name: "password reset over HTTP",
    calls: 6,
    prepare: (world) => mailed(world, requestPasswordReset),
    run: (engine, _, token) => send(engine, "POST", "confirm-password-reset", { token, ...CHANGED }),
    check: resettable,
  },
  {
    name: "verification over HTTP that hands the account over",
    calls: 12,
    prepare: async (world, { ada }) => {
      await link(world.process(), ada.token, PASSKEY);
      return mailed(world, requestVerification);
    },
    run: (engine, _, token) => send(engine, "POST", "confirm-verification", { token }),
    check: handedOver,
  },
  {
    name: "password reset over HTTP that hands the account over",
    calls: 12,
    prepare: async (world, { ada }) => {
      await link(world.process(), ada.token, PASSKEY);
      return mailed(world, requestPasswordReset);
    },
    run: (engine, _, token) => send(engine, "POST", "confirm-password-reset", { token, ...CHANGED }),
    check: handedOver,
  },
  {
    name: "sign in with an identity that proves an unverified email",
    calls: 16,
    prepare: (world, { ada }) => link(world.process(), ada.token, { provider: "gitlab", subject: "1" }),
    run: (engine) => signInWithIdentity(engine, { ...PASSKEY, email: ADA, emailVerified: true }),
    check: handedOver,
  },
  {
    name: "a mailed code for an unverified email of another account",
    calls: 14,
    prepare: async (world, { ada, guest }) => {
      await link(world.process(), ada.token, PASSKEY);
      const mail = await requestConversion(world.process(), guest.token, { email: ADA });
      return (await mail?.())?.token;
    },
    run: (engine, _, code) => confirmConversion(engine, code),
    check: handedOver,
  },
  {
    name: "change of email over HTTP",
    calls: 12,
    prepare: async (world, { ada }) => {
      const mail = await requestEmailChange(world.process(), ada.token, { email: FREE });
      return (await mail?.())?.token;
    },
    run: (engine, _, token) => send(engine, "POST", "confirm-email-change", { token, password: PASSWORD }),
  },
];
