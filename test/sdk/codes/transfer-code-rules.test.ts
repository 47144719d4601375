/** How transfer codes look, how they may be typed, and who may make them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import memory from "../../../storage-drivers/memory.ts";
import { collect, DAY, intercepting, refused, setUp } from "../../support/sdk.ts";

describe("a transfer code", () => {
  it("has 80 random bits in digits and letters that are not mistaken for others", async () => {
    const { anon } = setUp(memory(), { limits: false });
    const { token } = await anon.signInAnonymously();
    const seen = Array.from({ length: 16 }, () => new Set<string>());
    const all = new Set<string>();
    for (let i = 0; i < 1_000; i++) {
      const { code } = await anon.createTransferCode(token);
      assert.match(code, /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
      all.add(code);
      for (const [at, character] of [...code.replaceAll("-", "")].entries()) seen[at]?.add(character);
    }
    assert.equal(all.size, 1_000);
    // of 1,000 draws one of 32 is missing once in 10^12 times
    for (const characters of seen) assert.equal(characters.size, 32);
  });

  it("is read however it is typed", async () => {
    const { anon } = setUp(memory(), { limits: false });
    const { token, record } = await anon.signInAnonymously();
    const typed: ((code: string) => string)[] = [
      (code) => code.toLowerCase(),
      (code) => code.replaceAll("-", ""),
      (code) => code.replaceAll("-", " "),
      (code) => ` ${code.replaceAll("-", " – ")}\n`,
      (code) => code.replaceAll("-", "_").replaceAll("0", "O"),
      (code) => code.replaceAll("-", "."),
      (code) => `${code}.`,
      (code) => code.replaceAll("0", "o").replaceAll("1", "l"),
      (code) => code.replaceAll("1", "I"),
      (code) => code.replaceAll("1", "i"),
      (code) => code.replaceAll("1", "L"),
      (code) => code.replace(/[^-]/g, (ascii) => String.fromCharCode(ascii.charCodeAt(0) + 0xfee0)),
    ];
    for (const type of typed) {
      let code: string;
      do ({ code } = await anon.createTransferCode(token));
      while (!/0/.test(code) || !/1/.test(code));
      assert.equal((await anon.signInWithTransferCode(type(code))).record.id, record.id, type(code));
    }
  });

  it("is good for a minute to a day, and made by whoever is signed in", async () => {
    const { anon } = setUp(memory());
    const { token } = await anon.signInAnonymously();
    for (const expiresIn of ["1m", 60_000, "PT24H"]) await anon.createTransferCode(token, { expiresIn });
    for (const expiresIn of ["59s", 59_999, "25h", "0s", "soon", null as never]) {
      const { message } = await refused(anon.createTransferCode(token, { expiresIn }), "invalid_duration");
      assert.match(message, /^Cannot use duration /);
    }
    await refused(anon.createTransferCode("forged"), "invalid_token");
    await anon.signOut(token);
    await refused(anon.createTransferCode(token), "invalid_token");
  });

  it("counts as activity, which is written no oftener than any", async () => {
    const driver = memory();
    let writes = 0;
    const { anon, clock } = setUp(
      intercepting(driver, {
        swap: (...args) => {
          if (args[0].startsWith("acc:")) writes++;
          return driver.swap(...args);
        },
      }),
    );
    const { token, record } = await anon.signInAnonymously();
    await anon.createTransferCode(token);
    assert.equal(writes, 1);
    clock.now += DAY;
    await anon.createTransferCode(token);
    assert.equal(writes, 2);
    assert.equal((await anon.admin.gc({ olderThan: "2h" })).deleted, 0);
    assert.notEqual(await anon.admin.get(record.id), null);
  });

  it("is kept by whoever is refused by a hook, and used by nobody", async () => {
    let allowed = false;
    const { anon } = setUp(memory(), { hooks: { beforeSignIn: () => allowed } });
    const { token, record } = await anon.signInAnonymously();
    const { code } = await anon.createTransferCode(token);
    await refused(anon.signInWithTransferCode(code), "refused");
    allowed = true;
    assert.equal((await anon.signInWithTransferCode(code)).record.id, record.id);
  });

  it("that ended with its session is a wrong one: nobody is asked about it, and it is counted", async () => {
    let asked = 0;
    const { anon } = setUp(memory(), {
      limits: { codesPerAddress: { max: 1, per: "1h" } },
      hooks: {
        beforeSignIn: () => {
          asked++;
        },
      },
    });
    const { token } = await anon.signInAnonymously();
    const { code } = await anon.createTransferCode(token);
    await anon.signOut(token);
    const context = await anon.context(new Request("https://shop.example/"), { remoteAddress: "192.0.2.1" });
    await refused(context.signInWithTransferCode(code), "invalid_transfer_code");
    await refused(context.signInWithTransferCode(code), "rate_limited");
    assert.equal(asked, 0);
  });

  it("is not one of another kind", async () => {
    const driver = memory();
    const { anon, clock } = setUp(driver);
    const { token } = await anon.signInAnonymously();
    const { code } = await anon.createTransferCode(token);
    const codes = async () => (await collect(driver.keys(""))).filter((key) => key.startsWith("cod:"));
    const [key = ""] = await codes();
    const text = (await driver.read(key)) as string;
    const damaged = [text.replace("transfer", "email"), text.replace('"v":1', '"v":2'), "null", "{", '{"v":1}'];
    for (const [index, other] of damaged.entries()) {
      await driver.swap(key, index === 0 ? text : (damaged[index - 1] as string), other, clock.now);
      await refused(anon.signInWithTransferCode(code), "invalid_transfer_code");
    }
    // nor does it keep gc from its work
    await anon.admin.gc({ olderThan: "0s" });
    assert.deepEqual(await codes(), []);
  });

  it("is made ten times an hour by one account, and asked for by nobody else", async () => {
    const { anon } = setUp(memory());
    const { token } = await anon.signInAnonymously();
    for (let i = 0; i < 10; i++) await anon.createTransferCode(token);
    const error = await refused(anon.createTransferCode(token), "rate_limited");
    assert.ok((error.retryAfter ?? 0) > 3_500);
    const other = await anon.signInAnonymously();
    await anon.createTransferCode(other.token);
  });
});
