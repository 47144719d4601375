/** The format of transfer codes, how they may be typed, and who may make them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Duration } from "../../../sdk/types.ts";
import memory from "../../../storage-drivers/memory.ts";
import { collect, DAY, intercepting, refused, setUp } from "../../support/sdk.ts";

describe("a transfer code", () => {
  it("has 80 random bits in digits and letters that are hard to confuse", async () => {
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
    // the chance that 1,000 draws miss one of 32 characters is 10^-12
    for (const characters of seen) assert.equal(characters.size, 32);
  });

  it("is accepted in any case, with any separators and with look-alike characters", async () => {
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

  it("may be valid for a minute to a day, and needs a valid session to be made", async () => {
    const { anon } = setUp(memory());
    const { token } = await anon.signInAnonymously();
    for (const expiresIn of ["1m", 60_000, "PT24H"] as const) await anon.createTransferCode(token, { expiresIn });
    for (const expiresIn of ["59s", 59_999, "25h", "0s", "soon", null] as Duration[]) {
      const { message } = await refused(anon.createTransferCode(token, { expiresIn }), "invalid_duration");
      assert.match(message, /^Cannot use duration /);
    }
    await refused(anon.createTransferCode("forged"), "invalid_token");
    await anon.signOut(token);
    await refused(anon.createTransferCode(token), "invalid_token");
  });

  it("counts as activity, which is written once per activityResolution", async () => {
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

  it("is not used up when a hook refuses the sign-in", async () => {
    let allowed = false;
    const { anon } = setUp(memory(), { hooks: { beforeSignIn: () => allowed } });
    const { token, record } = await anon.signInAnonymously();
    const { code } = await anon.createTransferCode(token);
    await refused(anon.signInWithTransferCode(code), "refused");
    allowed = true;
    assert.equal((await anon.signInWithTransferCode(code)).record.id, record.id);
  });

  it("of an ended session counts as a wrong one, and calls no hook", async () => {
    let hookCalls = 0;
    const { anon } = setUp(memory(), {
      limits: { codesPerAddress: { max: 1, per: "1h" } },
      hooks: {
        beforeSignIn: () => {
          hookCalls++;
        },
      },
    });
    const { token } = await anon.signInAnonymously();
    const { code } = await anon.createTransferCode(token);
    await anon.signOut(token);
    const context = await anon.context(new Request("https://shop.example/"), { remoteAddress: "192.0.2.1" });
    await refused(context.signInWithTransferCode(code), "invalid_transfer_code");
    await refused(context.signInWithTransferCode(code), "rate_limited");
    assert.equal(hookCalls, 0);
  });

  it("is invalid if its stored value has another kind or is damaged", async () => {
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
    // gc removes it all the same
    await anon.admin.gc({ olderThan: "0s" });
    assert.deepEqual(await codes(), []);
  });

  it("can be made ten times an hour by each account", async () => {
    const { anon } = setUp(memory());
    const { token } = await anon.signInAnonymously();
    for (let i = 0; i < 10; i++) await anon.createTransferCode(token);
    const error = await refused(anon.createTransferCode(token), "rate_limited");
    assert.ok((error.retryAfter ?? 0) > 3_500);
    const other = await anon.signInAnonymously();
    await anon.createTransferCode(other.token);
  });
});
