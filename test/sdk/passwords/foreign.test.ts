/** Hashes of other systems: their published test vectors, their bounds, and what a sign-in makes of them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeHexLowerCase } from "@oslojs/encoding";
import type { Engine } from "../../../sdk/engine.ts";
import { AnonError } from "../../../sdk/errors.ts";
import { importAccount } from "../../../sdk/operations/import-account.ts";
import { signInWithPassword } from "../../../sdk/operations/sign-in-with-password.ts";
import { foreignHash } from "../../../sdk/passwords/foreign.ts";
import { storedHashOf } from "../../../sdk/passwords/imported.ts";
import { plainScryptKey, scryptKey } from "../../../sdk/passwords/scrypt.ts";
import { verifyPassword } from "../../../sdk/passwords/verify.ts";
import memory from "../../../storage-drivers/memory.ts";
import { intercepting, PASSWORD, refused, refusedAtOnce, setUp } from "../../support/sdk.ts";
import { createWorld } from "../../support/world.ts";

const SIGNER_KEY = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";

/** The example of Firebase's own utility, in the form of Supabase. */
const FIREBASE = `$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=${SIGNER_KEY}$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==`;

/** Made with Python's hashlib.scrypt and the parameters of Better Auth. */
const BETTER_AUTH =
  "0123456789abcdef0123456789abcdef:84ae14feb3a1fd613fc0dabc073e62c497eeae37c7227171e564b719640cd4f22948a17206feb8ce5970b22330653636d51d03eec523bc5fbe2ddc7ee27660a1";

const LONG = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored";

/** Of the test suites of jBCrypt and crypt_blowfish. */
const BCRYPT: readonly (readonly [password: string, hash: string])[] = [
  ["a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"],
  ["abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"],
  ["U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"],
  ["U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"],
  ["U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"],
  [LONG, "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"],
];

const VECTORS: readonly (readonly [password: string, hash: string])[] = [
  ...BCRYPT,
  ["user1password", FIREBASE],
  // of the tests of Supabase's server
  [
    "mytestpassword",
    "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=ou9tdYTGyYm8kuR6Dt0Bp0kDuAYoXrK16mbZO4yGwAn3oLspjnN0/c41v8xZnO1n14J3MjKj1b2g6AUCAlFwMw==$C0sHCg9ek77hsg==$zKVTMvnWVw5BBOZNUdnsalx4c4c7y/w7IS5p6Ut2+CfEFFlz37J9huyQfov4iizN8dbjvEJlM5tQaJP84+hfTw==",
  ],
  ["pässwörd ﬁ", BETTER_AUTH],
];

const text = new TextEncoder();

describe("a hash of another system", () => {
  it("verifies its password and no other", async () => {
    for (const [password, hash] of VECTORS) {
      const stored = storedHashOf(hash);
      assert.match(stored, /^\$[a-z0-9-]+\$/);
      assert.equal(storedHashOf(stored), stored, "what is stored can be exported and imported again");
      assert.equal(await verifyPassword(stored, password), true, stored);
      assert.equal(await verifyPassword(stored, `x${password}`), false);
      assert.equal(await verifyPassword(stored, ""), false);
    }
  });

  it("is stored without the signer key of Firebase, also if its parts are in the alphabet of URLs", () => {
    const stored = storedHashOf(FIREBASE);
    assert.match(stored, /^\$firebase-scrypt\$ln=14,r=8,p=1\$[A-Za-z0-9+/]{15}\$[A-Za-z0-9+/]{86}$/);
    const urls = FIREBASE.replace(
      /(.*sk=.*?\$)(.*)/,
      (_, begin: string, end: string) => begin + end.replace(/\+/g, "-").replace(/\//g, "_"),
    );
    assert.notEqual(urls, FIREBASE);
    assert.equal(storedHashOf(urls), stored);
  });

  it("takes the password of Better Auth in every Unicode normalisation", async () => {
    const stored = storedHashOf(BETTER_AUTH);
    for (const form of ["NFC", "NFD", "NFKC", "NFKD"]) {
      assert.equal(await verifyPassword(stored, "pässwörd ﬁ".normalize(form)), true, form);
    }
  });

  it("is the same by node:crypto and in plain JavaScript, as in RFC 7914", async () => {
    const expected =
      "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887";
    const parameters = { ln: 14, r: 8, p: 1 };
    const salt = text.encode("SodiumChloride");
    for (const key of [
      await scryptKey("pleaseletmein", salt, parameters, 64),
      await plainScryptKey(text.encode("pleaseletmein"), salt, parameters, 64),
    ]) {
      assert.equal(encodeHexLowerCase(key), expected);
    }
  });

  it("can be computed on every runtime, whatever parameters are accepted", async () => {
    const salt = "AAAAAAAAAAAAAAAAAAAAAA";
    const parameters = [1, 15, 16, 19].flatMap((ln) =>
      [1, 2, 99].flatMap((r) => [1, 9].map((p) => `ln=${ln},r=${r},p=${p}`)),
    );
    for (const one of parameters) {
      const stored = `$scrypt$${one}$${salt}$${salt}`;
      const hash = foreignHash(stored);
      // not by verifyPassword, which from then on does the work of each
      if (hash) assert.equal(await hash.verify(PASSWORD), false, stored);
      else refusedAtOnce(() => storedHashOf(stored), "unsupported_hash");
    }
  });

  it("is refused if it asks for too much work, or has another form", async () => {
    const [, valid = ""] = BCRYPT[0]!;
    const scrypt = storedHashOf(BETTER_AUTH);
    const firebase = storedHashOf(FIREBASE);
    const wrong = [
      valid.replace("$06$", "$03$"),
      valid.replace("$06$", "$15$"),
      valid.replace("$06$", "$31$"),
      valid.replace("$2a$", "$2x$"),
      valid.replace("$2a$", "$2$"),
      valid.slice(0, -1),
      `${valid}a`,
      `${valid}\n`,
      scrypt.replace("ln=14", "ln=0"),
      scrypt.replace("ln=14", "ln=16"),
      scrypt.replace("ln=14", "ln=99"),
      scrypt.replace("r=16", "r=0"),
      scrypt.replace("r=16", "r=64"),
      scrypt.replace("p=1", "p=0"),
      scrypt.replace("p=1", "p=9"),
      scrypt.replace("ln=14,r=16", "ln=16,r=1"),
      firebase.replace("ln=14,r=8", "ln=19,r=1"),
      scrypt.replace("$scrypt", "$scrypt2"),
      scrypt.replace(/.$/, "!"),
      `${scrypt}=`,
      firebase.replace("ln=14", "ln=17"),
      FIREBASE.replace("n=14", "n=17"),
      FIREBASE.replace("v=1", "v=2"),
      FIREBASE.replace(",sk=", ",sx="),
      FIREBASE.replace("sk=jxsp", "sk="),
      FIREBASE.replace("sk=j", "sk=!"),
      BETTER_AUTH.slice(1),
      BETTER_AUTH.toUpperCase(),
      "$pbkdf2-sha256$29000$AAAA$AAAA",
      "{SHA}AAAA",
      "",
    ];
    for (const hash of wrong) {
      refusedAtOnce(() => storedHashOf(hash), "unsupported_hash");
      assert.equal(foreignHash(hash), null, hash);
      if (hash !== "") assert.equal(await verifyPassword(hash, "a"), false, hash);
    }
    for (const value of [undefined, null, 7, {}]) {
      refusedAtOnce(() => storedHashOf(value as unknown as string), "unsupported_hash");
    }
  });
});

/** An account that was imported with a hash, and the hash that is stored now. */
async function imported(passwordHash: string, driver = memory()) {
  const { anon, clock } = setUp(driver);
  await anon.admin.importAccount({ id: "Ab", email: "ada@example.com", username: "ada", passwordHash });
  const stored = async (): Promise<string> =>
    (JSON.parse((await driver.read("acc:users:_ab"))!) as { password: string }).password;
  return { anon, clock, driver, stored };
}

describe("the first sign-in with a password", () => {
  it("replaces the hash by Argon2id, and the second one uses that", async () => {
    for (const [password, hash] of VECTORS.filter(([password]) => password !== LONG)) {
      const { anon, stored } = await imported(hash);
      const before = await stored();
      await refused(anon.signInWithPassword("ada@example.com", `${password}x`), "invalid_credentials");
      assert.equal(await stored(), before);
      const { token } = await anon.signInWithPassword("ada@example.com", password);
      assert.match(await stored(), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      assert.equal((await anon.signInWithPassword("ada", password)).record.id, "Ab");
      await refused(anon.signInWithPassword("ada", `${password}x`), "invalid_credentials");
      assert.equal((await anon.admin.listSessions("Ab")).length, 2);
      assert.equal((await anon.authenticate(token))?.record.id, "Ab");
      assert.equal(
        (await anon.admin.importAccount({ id: "Ab", email: "ada@example.com", username: "ada", passwordHash: hash }))
          .outcome,
        "present",
      );
    }
  });

  it("keeps bcrypt for a password of over 72 bytes, of which bcrypt ignores the end", async () => {
    const [, hash = ""] = BCRYPT.find(([password]) => password === LONG)!;
    const { anon, stored } = await imported(hash);
    await anon.signInWithPassword("ada", `${LONG.slice(0, -1)}?`);
    assert.equal(await stored(), hash);
    await anon.signInWithPassword("ada", LONG.slice(0, 72));
    await refused(anon.signInWithPassword("ada", LONG), "invalid_credentials");
  });

  it("keeps bcrypt for a password with a NUL, which bcrypt takes for another one", async () => {
    const { anon, stored } = await imported("$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe");
    await anon.signInWithPassword("ada", "a\0a");
    assert.match(await stored(), /^\$2a\$06\$/);
    await anon.signInWithPassword("ada", "a");
    assert.match(await stored(), /^\$argon2id\$/);
  });

  it("accepts a password that is too short for a new account", async () => {
    const { anon } = await imported(BCRYPT[0]![1]);
    await anon.signInWithPassword("ada", "a");
    await anon.signInWithPassword("ada", "a");
  });

  it("loses no change that comes in between", async () => {
    const inner = memory();
    let meanwhile: (() => Promise<unknown>) | null = null;
    const driver = intercepting(inner, {
      swap: async (key, expected, next, due, options) => {
        const action = key.startsWith("acc:") && expected !== null ? meanwhile : null;
        if (action) {
          meanwhile = null;
          await action();
        }
        return await inner.swap(key, expected, next, due, options);
      },
    });
    const { anon, stored } = await imported(BCRYPT[1]![1], driver);
    meanwhile = () => anon.admin.update("Ab", { plan: "pro" });
    assert.equal((await anon.signInWithPassword("ada", "abc")).record.plan, "pro");
    assert.match(await stored(), /^\$argon2id/);
    assert.equal((await anon.admin.get("Ab"))?.plan, "pro");
  });

  it("is refused if the password was changed while the old one was verified", async () => {
    const { anon, stored, driver } = await imported(BCRYPT[1]![1]);
    const racing = anon.signInWithPassword("ada", "abc");
    const account = JSON.parse((await driver.read("acc:users:_ab"))!) as object;
    const text = JSON.stringify({ ...account, password: storedHashOf(BETTER_AUTH) });
    assert.ok(await driver.swap("acc:users:_ab", (await driver.read("acc:users:_ab"))!, text));
    await refused(racing, "invalid_credentials");
    assert.equal(await stored(), storedHashOf(BETTER_AUTH));
  });

  it("is possible when the new hash cannot be computed, and the next one replaces it", async () => {
    const world = createWorld();
    const hash = BCRYPT[1]![1];
    const busy: Engine = {
      ...world.process(),
      verifyPassword,
      hashPassword: async () => Promise.reject(new AnonError("overloaded", "Cannot hash this password now")),
    };
    await importAccount(busy, { id: "ab", email: "ada@example.com", passwordHash: hash });
    const stored = async () =>
      (JSON.parse((await world.driver.read("acc:users:ab"))!) as { password: string }).password;
    assert.equal((await signInWithPassword(busy, "ada@example.com", "abc")).record.id, "ab");
    assert.equal(await stored(), hash);
    await signInWithPassword({ ...busy, hashPassword: world.process().hashPassword }, "ada@example.com", "abc");
    assert.notEqual(await stored(), hash);
  });

  it("changes a password whose old one is verified by the hash of the other system", async () => {
    const { anon } = await imported(FIREBASE);
    await anon.admin.link("Ab", { provider: "google", subject: "1" });
    const { token } = (await anon.signInWithIdentity({ provider: "google", subject: "1" }))!;
    await refused(anon.changePassword(token, { oldPassword: "no", password: PASSWORD }), "invalid_credentials");
    await anon.changePassword(token, { oldPassword: "user1password", password: PASSWORD });
    await anon.signInWithPassword("ada", PASSWORD);
  });
});

describe("a refusal", () => {
  it("takes as long for an unknown email as for an account with any hash, once one of that cost was met", async () => {
    const { anon } = setUp(memory(), { limits: false });
    await anon.register({ email: "argon2@example.com", password: PASSWORD });
    const passwordHash = "$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    await anon.admin.importAccount({ id: "Ab", email: "bcrypt@example.com", passwordHash });
    await anon.admin.importAccount({ id: "Cd", email: "scrypt@example.com", passwordHash: BETTER_AUTH });
    const names = ["bcrypt", "scrypt", "argon2", "unknown"];
    const times = new Map<string, number[]>(names.map((name) => [name, []]));
    for (let round = 0; round < 6; round++) {
      for (const name of names) {
        const started = performance.now();
        await refused(anon.signInWithPassword(`${name}@example.com`, "wrong"), "invalid_credentials");
        // the first round meets the hashes
        if (round > 0) times.get(name)!.push(performance.now() - started);
      }
    }
    // the shortest of each: on a busy machine a hash now and then takes several times as long
    const shortest = [...times].map(([name, all]) => [name, Math.min(...all)] as const);
    const longest = Math.max(...shortest.map(([, time]) => time));
    for (const [name, time] of shortest) assert(time > longest / 3, `${name}: ${time} ms of ${longest} ms`);
  });
});
