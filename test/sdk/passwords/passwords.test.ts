import assert from "node:assert/strict";
import * as nodeCrypto from "node:crypto";
import { describe, it } from "node:test";
import { randomId, randomPassword, randomSessionId } from "../../../sdk/crypto/random.ts";
import type { AnonError } from "../../../sdk/errors.ts";
import {
  fastestArgon2id,
  hashArgon2id,
  loadNative,
  nodeArgon2id,
  plainArgon2id,
  verifyArgon2id,
} from "../../../sdk/passwords/argon2id.ts";
import { hashChosenPassword, hashRandomPassword } from "../../../sdk/passwords/hash.ts";
import { checkPassword } from "../../../sdk/passwords/rules.ts";
import { verifyPassword } from "../../../sdk/passwords/verify.ts";
import memory from "../../../storage-drivers/memory.ts";
import { sender } from "../../support/api.ts";
import { intercepting, PASSWORD, refused, refusedAtOnce, setUp } from "../../support/sdk.ts";

const LONG = { timeout: 300_000 };
const FORMAT = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;

describe("Argon2id", () => {
  it("gives hashes that the native, the node:crypto and the plain implementation all verify", async () => {
    const fromNode = nodeArgon2id();
    assert.equal(fromNode !== null, "argon2" in nodeCrypto);
    const all = [await loadNative(), plainArgon2id, ...(fromNode ? [fromNode] : [])];
    const password = "pässwörd 🔑 \u0000 with a zero";
    for (const { hash: hashing } of all) {
      const hash = await hashing(password);
      assert.match(hash, FORMAT);
      for (const { verify } of all) {
        assert.equal(await verify(hash, password), true);
        assert.equal(await verify(hash, `${password}!`), false);
      }
    }
  });

  it("uses the native implementation where it loads", async () =>
    assert.equal((await fastestArgon2id()).name, "native"));

  it("is computed for a few calls at a time, so that the first do not wait for the last", async () => {
    // loads the implementation
    await hashArgon2id(PASSWORD);
    const times: number[] = [];
    const started = performance.now();
    const hash = () => hashArgon2id(PASSWORD).then(() => times.push(performance.now() - started));
    await Promise.all(Array.from({ length: 40 }, hash));
    const [first = 0, last = 0] = [times[0], times.at(-1)];
    assert(first < last / 3, `the first of 40 took ${first} ms of the ${last} ms of all`);
  });

  it("refuses calls above the queue's limit at once, and completes the others", LONG, async () => {
    await hashArgon2id(PASSWORD);
    const order: string[] = [];
    const calls = Array.from({ length: 400 }, () =>
      verifyArgon2id("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", PASSWORD).then(
        () => order.push("done"),
        (error: AnonError) => order.push(`${error.code} ${error.status} ${error.retryAfter}`),
      ),
    );
    await Promise.all(calls);
    const refusals = order.filter((one) => one === "overloaded 503 3").length;
    assert(refusals > 0 && refusals < 200, `${refusals} of 400`);
    assert.equal(order.filter((one) => one === "done").length, 400 - refusals);
    assert.deepEqual(
      new Set(order.slice(0, refusals)),
      new Set(["overloaded 503 3"]),
      "refusals come before any result",
    );
    assert.equal(await verifyArgon2id(await hashArgon2id(PASSWORD), PASSWORD), true);
  });

  it("salts every hash", async () => {
    assert.notEqual(await hashArgon2id("the same"), await hashArgon2id("the same"));
  });

  it("returns false for a malformed hash instead of throwing", async () => {
    const valid = await hashArgon2id(PASSWORD);
    assert.equal(await verifyArgon2id(valid, PASSWORD), true);
    const malformed = [
      "",
      "$",
      "password",
      "$sha256$salt$hash",
      valid.slice(1),
      valid.replace("argon2id", "argon2i"),
      valid.replace("v=19", "v=16"),
      valid.replace("m=19456", "m=0"),
      valid.replace("m=19456", "m=7"),
      valid.replace("m=19456", "m=9999999"),
      valid.replace("t=2", "t=0"),
      valid.replace("p=1", "p=0"),
      valid.replace("p=1", "p=x"),
      valid.replace(/.$/, "!"),
      valid.slice(0, -2),
      `${valid}=`,
      `${valid}\n`,
      valid.replace(/\$[^$]*$/, ""),
      "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAB$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
    ];
    for (const stored of malformed) assert.equal(await verifyArgon2id(stored, PASSWORD), false, stored);
  });
});

describe("stored passwords", () => {
  it("are verified by the algorithm of their PHC string", async () => {
    const random = hashRandomPassword("abc", "salt");
    assert.match(random, /^\$sha256\$salt\$[A-Za-z0-9+/]{43}$/);
    assert.equal(await verifyPassword(random, "abc"), true);
    assert.equal(await verifyPassword(random, "abd"), false);
    assert.equal(await verifyPassword(hashRandomPassword("abc", "other").replace("other", "salt"), "abc"), false);
    assert.equal(await verifyPassword(null, "abc"), false);
    for (const stored of ["", "$sha256$", "$sha256$salt$", "plain"])
      assert.equal(await verifyPassword(stored, ""), false);
  });

  it("match in every Unicode normalisation", async () => {
    const typed = "Zoë’s ﬁne ①";
    const stored = await hashChosenPassword(typed.normalize("NFD"));
    for (const same of [typed, typed.normalize("NFC"), typed.normalize("NFKC"), typed.normalize("NFKD")]) {
      assert.equal(await verifyPassword(stored, same), true);
    }
    assert.equal(await verifyPassword(stored, typed.toLowerCase()), false);
  });

  it("of guests are salted with the account's id, so a copy in another account is invalid", async () => {
    const driver = memory();
    const { anon } = setUp(driver);
    const made = await anon.admin.createUser();
    const stored = JSON.parse((await driver.read(`acc:users:${made.record.id}`)) ?? "") as { password: string };
    assert.equal(stored.password, hashRandomPassword(made.password, made.record.id));
  });
});

describe("a wrong password", () => {
  it("takes the time of Argon2id for accounts with a password, without one, and for unknown names", LONG, async () => {
    const { anon } = setUp(memory(), { limits: false });
    const converted = async (email: string): Promise<void> => {
      const { token } = await anon.signInAnonymously();
      const identity = { provider: "google", subject: email, email, emailVerified: true };
      await anon.convertWithIdentity(token, identity);
    };
    await anon.convert((await anon.signInAnonymously()).token, { email: "ada@example.com", password: PASSWORD });
    await converted("bob@example.com");
    const guest = await anon.admin.createUser();
    const names = ["ada@example.com", "bob@example.com", guest.email, guest.record.username, "unknown@example.com"];
    const times = names.map((): number[] => []);
    for (let round = 0; round < 9; round++) {
      for (const [index, name] of names.entries()) {
        const started = performance.now();
        await refused(anon.signInWithPassword(name, "a wrong password"), "invalid_credentials");
        times[index]?.push(performance.now() - started);
      }
    }
    const medians = times.map((some) => some.sort((one, other) => one - other)[4] as number);
    const most = Math.max(...medians);
    // without Argon2id it would be a hundred times faster
    for (const [index, median] of medians.entries()) {
      assert(median > most / 5, `${names[index]} took ${median} ms where another took ${most} ms`);
    }
    assert.equal((await anon.signInWithPassword(guest.email, guest.password)).record.id, guest.record.id);
  });
});

describe("a name", () => {
  it("causes the same number of storage reads whether it is taken or not, at sign-in and at mail requests", async () => {
    let reads = 0;
    const inner = memory();
    const read = (key: string) => {
      reads++;
      return inner.read(key);
    };
    const { anon } = setUp(intercepting(inner, { read, readMany: undefined }), {
      limits: false,
      sendMail: () => undefined,
    });
    const input = { email: "ada@example.com", username: "ada_lovelace", password: PASSWORD };
    await anon.convert((await anon.signInAnonymously()).token, input);
    const guest = await anon.admin.createUser();
    const of = async (action: () => Promise<unknown>): Promise<number> => {
      reads = 0;
      await action();
      return reads;
    };
    const signingIn = (name: string) => () => refused(anon.signInWithPassword(name, "wrong"), "invalid_credentials");
    const asking = (route: string) => (email: string) => () =>
      sender(anon)("POST", `users/${route}`, { body: { email } });
    const free = "000000000000000";
    for (const [taken, other] of [
      [input.email, "bob@example.com"],
      [guest.email, guest.email.replace(guest.record.id, free)],
      [input.username, "grace_hopper"],
      [guest.record.username, `anon_${free}`],
    ] as const) {
      const ways: ((name: string) => () => Promise<unknown>)[] = [signingIn];
      if (taken.includes("@")) ways.push(asking("request-password-reset"), asking("request-verification"));
      for (const way of ways) assert.equal(await of(way(other)), await of(way(taken)), taken);
    }
  });
});

describe("a chosen password", () => {
  it("needs 8 characters, and an emoji counts as one", () => {
    for (const valid of ["12345678", "🔑🔑🔑🔑🔑🔑🔑🔑", "пароль-8", "        ", "x".repeat(1024), "é".repeat(512)]) {
      checkPassword(valid);
    }
    for (const short of [
      "",
      "1234567",
      "🔑🔑🔑🔑🔑🔑🔑",
      "e\u0301".repeat(7),
      "ﬃ".repeat(7),
      undefined,
      null,
      12345678,
    ]) {
      refusedAtOnce(() => checkPassword(short as string), "weak_password");
    }
  });

  it("may have 1,024 bytes, and must be well-formed", () => {
    for (const bad of [
      "x".repeat(1025),
      "é".repeat(513),
      "x".repeat(10_000_000),
      "1234567\ud800",
      "\udc00\ud83d12345678",
    ]) {
      refusedAtOnce(() => checkPassword(bad), "weak_password");
    }
  });

  it("is checked before anything is stored", async () => {
    const { anon } = setUp(memory());
    const { token, record } = await anon.signInAnonymously();
    await refused(anon.convert(token, { email: "a@example.com", password: "1234567" }), "weak_password");
    assert.deepEqual((await anon.authenticate(token))?.record, record);
  });
});

describe("random identifiers", () => {
  it("have the documented alphabet and length, with evenly distributed characters", () => {
    const counts = new Map<string, number>();
    for (let round = 0; round < 5_000; round++) {
      const id = randomId();
      assert.match(id, /^[a-z0-9]{15}$/);
      for (const character of id) counts.set(character, (counts.get(character) ?? 0) + 1);
      assert.match(randomSessionId(), /^[a-z0-9]{16}$/);
      assert.match(randomPassword(), /^[0-9a-hjkmnp-tv-z]{26}$/);
    }
    assert.equal(counts.size, 36);
    const expected = (5_000 * 15) / 36;
    // eight standard deviations
    for (const count of counts.values()) assert(Math.abs(count - expected) < 8 * Math.sqrt(expected));
  });
});
