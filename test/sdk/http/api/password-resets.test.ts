/** Many concurrent resets of one password cost one hash, and do not block other users' sign-ins. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Mail } from "../../../../sdk/contract/records.ts";
import { convert } from "../../../../sdk/operations/convert.ts";
import { requestPasswordReset } from "../../../../sdk/operations/request-password-reset.ts";
import { resetPassword } from "../../../../sdk/operations/reset-password.ts";
import { signInAnonymously } from "../../../../sdk/operations/sign-in-anonymously.ts";
import { signInWithPassword } from "../../../../sdk/operations/sign-in-with-password.ts";
import memory from "../../../../storage-drivers/memory.ts";
import { refusal, sender } from "../../../support/api.ts";
import { hashPassword } from "../../../support/fast-hash.ts";
import { intercepting, PASSWORD, refused, setUp } from "../../../support/sdk.ts";
import { createWorld } from "../../../support/world.ts";

const LONG = { timeout: 300_000 };
const EMAIL = "ada@example.com";
const OTHER = "bob@example.com";
const CHANGED = "another battery staple";
const collection = "users";

/** An account with a reset token. `counted.hashes` counts the hashes after this setup. */
async function start(hash: (password: string) => Promise<string> = hashPassword) {
  const counted = { hashes: 0 };
  const world = createWorld({
    settings: { sendMail: () => undefined },
    hashPassword: (password) => {
      counted.hashes++;
      return hash(password);
    },
  });
  const engine = world.process();
  await convert(engine, (await signInAnonymously(engine)).token, { email: EMAIL, password: PASSWORD });
  const mail = await requestPasswordReset(engine, EMAIL, { collection });
  assert(mail);
  const { token } = await mail();
  const reset = (through = engine) => resetPassword(through, token, { collection, password: CHANGED });
  counted.hashes = 0;
  return { world, engine, counted, token, reset };
}

/** A promise, and the function that resolves it. */
function signal(): [Promise<void>, () => void] {
  let release = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  return [promise, release];
}

describe("concurrent resets with one token", () => {
  it("compute one hash across all processes", async () => {
    const { world, engine, counted, reset } = await start();
    const other = world.process();
    const done = await Promise.allSettled(Array.from({ length: 200 }, (_, i) => reset(i % 2 === 0 ? engine : other)));
    const codes = done.map((one) => (one.status === "fulfilled" ? "done" : one.reason.code));
    assert.equal(codes.filter((code) => code === "done").length, 1);
    assert.equal(codes.filter((code) => code === "invalid_action_token").length, 199);
    assert.equal(counted.hashes, 1);
    await signInWithPassword(engine, EMAIL, CHANGED);
    for await (const key of world.driver.keys("cod:")) assert.fail(`${key} is left over`);
  });

  it("are limited by account and by address", LONG, async () => {
    for (const [limit, addresses] of [
      ["passwordsPerIdentity", 200],
      ["codesPerAddress", 1],
    ] as const) {
      const mails: Mail[] = [];
      const limits = { [limit]: { max: 4, per: "1h" } };
      const driver = memory();
      const [isHeld, holding] = signal();
      const [isOpen, open] = signal();
      let resets = false;
      // the first reset pauses between holding the code and writing the account until all others are refused
      const slow = intercepting(driver, {
        async swap(key, ...rest) {
          if (resets && key.startsWith("acc:")) {
            holding();
            await isOpen;
          }
          return await driver.swap(key, ...rest);
        },
      });
      const { anon } = setUp(slow, { limits, sendMail: (mail) => mails.push(mail) });
      await anon.register({ email: EMAIL, password: PASSWORD });
      await sender(anon)("POST", "users/request-password-reset", { body: { email: EMAIL } });
      while (mails.length === 0) await new Promise((resume) => setTimeout(resume, 5));
      const body = { token: mails[0]?.token, password: CHANGED, passwordConfirm: CHANGED };
      const reset = (i: number) =>
        sender(anon, undefined, { remoteAddress: `192.0.2.${i % addresses}` })("POST", "users/confirm-password-reset", {
          body,
        });
      resets = true;
      const first = reset(0);
      await isHeld;
      const others = await Promise.all(Array.from({ length: 199 }, (_, i) => reset(i + 1)));
      const count = (wanted: number): number => others.filter(({ status }) => status === wanted).length;
      assert.deepEqual([count(400), count(429)], [4, 195], limit);
      open();
      assert.equal((await first).status, 204);
      // refused resets do not block the owner
      await anon.signInWithPassword(EMAIL, CHANGED);
    }
  });

  it("do not use up the code when the storage has no room for the new password", async () => {
    let isFull = false;
    const { world, token } = await start();
    const { driver } = world;
    const full = world.process(
      intercepting(driver, {
        // a full storage still accepts values that do not grow
        swap: (key, expected, next, ...rest) =>
          isFull && next !== null && next.length > (expected ?? "").length
            ? Promise.reject(Object.assign(new Error("no room"), { code: "full" }))
            : driver.swap(key, expected, next, ...rest),
      }),
    );
    const reset = () => resetPassword(full, token, { collection: "users", password: CHANGED });
    isFull = true;
    await refused(reset(), "storage_unavailable");
    isFull = false;
    await reset();
    await signInWithPassword(full, EMAIL, CHANGED);
  });

  it("do not use up the token when hashing fails", async () => {
    let fails = false;
    const { engine, reset } = await start(async (password) => {
      if (fails) throw new Error("no memory");
      return await hashPassword(password);
    });
    fails = true;
    await assert.rejects(reset(), /no memory/);
    await signInWithPassword(engine, EMAIL, PASSWORD);
    fails = false;
    await reset();
    await refused(reset(), "invalid_action_token");
  });
});

describe("concurrent passwords that would take more than a few seconds to check", () => {
  it("are refused with 503 and Retry-After, while the others are checked", LONG, async () => {
    const { anon } = setUp(memory(), { limits: false });
    const send = sender(anon);
    await anon.convert((await anon.signInAnonymously()).token, { email: EMAIL, password: PASSWORD });
    const login = (identity: string, password: string) =>
      send("POST", "users/auth-with-password", { body: { identity, password } });
    const replies = await Promise.all(Array.from({ length: 400 }, () => login(OTHER, PASSWORD)));
    const busy = replies.filter(({ status }) => status === 503);
    assert(busy.length > 0 && busy.length < 200, `${busy.length} of 400 are refused`);
    for (const reply of busy) {
      refusal(reply, 503);
      assert.equal(reply.headers.get("retry-after"), "3");
    }
    assert(replies.every(({ status }) => status === 503 || status === 400));
    assert.equal((await login(EMAIL, PASSWORD)).status, 200);
  });
});
