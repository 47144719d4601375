import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { parseHashConfig, readFirebase } from "../../../cli/importers/firebase.ts";
import { bytesSource, fixture, fixtureText, readAll, stream } from "./support.ts";

const hashConfig = parseHashConfig(await fixtureText("firebase-hash-config.txt"), "hash.txt");

const ADA = {
  id: "Xb7Q2m9kPzR4tYw8LnC3vJ5sDf6h",
  email: "ada@example.com",
  verified: true,
  created: "2017-02-05T19:49:30.000Z",
  lastActive: "2017-05-15T19:43:17.000Z",
  passwordHash:
    "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
  identities: [{ provider: "google", subject: "110169484474386276334", email: "ada@example.com" }],
  fields: { displayName: "Ada, Countess of Lovelace", phoneNumber: "+15555550100" },
};
const UNKNOWN = {
  id: "anonymous000000000000000001",
  verified: false,
  created: "2017-02-05T19:49:30.000Z",
  // without a last activity, because that of a guest is not exported
  identities: [],
};

describe("Firebase", () => {
  for (const name of ["firebase.json", "firebase.csv"]) {
    it(`${name}: reads accounts with hashes and identities, none of them marked as a guest`, async () => {
      const { accounts, unreachable, rejected } = await readAll(
        readFirebase(fixture(name), { hashConfig, fields: [] }),
      );
      assert.deepEqual(accounts, [ADA, UNKNOWN]);
      assert.deepEqual(unreachable, [UNKNOWN.id]);
      assert.deepEqual(
        rejected.map(({ at, id, code }) => [at, id, code]),
        name === "firebase.json"
          ? [
              [{ record: 3 }, "disabled00000000000000000001", "disabled"],
              [{ record: 4 }, undefined, "invalid_data"],
            ]
          : [
              [{ line: 3 }, "disabled00000000000000000001", "disabled"],
              [{ line: 4 }, undefined, "invalid_data"],
            ],
      );
      const piped = await readAll(readFirebase(stream(await fixtureText(name)), { hashConfig, fields: [] }));
      assert.deepEqual(piped.accounts, accounts);
    });
  }

  it("refuses disabled accounts in every spelling, and says which have a second factor", async () => {
    const users = [
      ...["TRUE", "true", "1", true, "on", "Y"].map((disabled, index) => ({ localId: `${index}`, disabled })),
      { localId: "a", disabled: "FALSE", mfaInfo: [{ phoneInfo: "+15555550100" }] },
      { localId: "b", mfaInfo: [] },
    ];
    const { accounts, rejected, withSecondFactor } = await readAll(
      readFirebase(stream(JSON.stringify({ users })), { fields: [] }),
    );
    assert.equal(rejected.filter(({ code }) => code === "disabled").length, 6);
    assert.deepEqual([accounts.length, withSecondFactor], [2, ["a"]]);
  });

  it("reads UTF-8 with a byte order mark, and refuses all other encodings, with nothing read wrongly", async () => {
    const text = '{"users":[{"localId":"a","displayName":"René ABC"}]}';
    const { accounts } = await readAll(readFirebase(stream(`\ufeff${text}`, 1), { fields: [] }));
    assert.deepEqual(accounts[0]?.fields, { displayName: "René ABC" });
    for (const bytes of [
      Buffer.from(text, "latin1"),
      Buffer.from(text, "utf16le"),
      Buffer.from(`\ufeff${text}`, "utf16le"),
      gzipSync(text),
    ]) {
      await assert.rejects(readAll(readFirebase(bytesSource(bytes), { fields: [] })), { code: "invalid_data" });
    }
  });

  it("keeps further properties that are named", async () => {
    for (const name of ["firebase.json", "firebase.csv"]) {
      const options = { hashConfig, fields: ["customAttributes"] };
      const { accounts } = await readAll(readFirebase(fixture(name), options));
      assert.deepEqual(accounts[0]?.fields, { ...ADA.fields, customAttributes: { plan: "pro" } });
    }
  });

  it("rejects a hash without the project's parameters, unless no hashes are imported", async () => {
    const { rejected } = await readAll(readFirebase(fixture("firebase.json"), { fields: [] }));
    assert.deepEqual([rejected[0]?.id, rejected[0]?.code], [ADA.id, "unsupported_hash"]);
    const without = await readAll(readFirebase(fixture("firebase.json"), { fields: [], withoutHashes: true }));
    assert.equal(without.accounts[0]?.id, ADA.id);
    assert.ok(!("passwordHash" in (without.accounts[0] as object)));
  });

  it("reads the parameters as JSON too, and quotes nothing of a file that lacks one", () => {
    const json = { base64_signer_key: "c2lnbmVy", base64_salt_separator: "Bw==", rounds: 8, mem_cost: 14 };
    assert.deepEqual(parseHashConfig(JSON.stringify(json, null, 2), "hash.json"), {
      signerKey: "c2lnbmVy",
      saltSeparator: "Bw==",
      rounds: 8,
      memoryCost: 14,
    });
    assert.throws(
      () => parseHashConfig("base64_signer_key: c2lnbmVy", "hash.txt"),
      ({ code, message }: Error & { code: string }) => code === "invalid_options" && !message.includes("c2lnbmVy"),
    );
  });

  it("stops where the text is no JSON, after the accounts before it, and quotes nothing", async () => {
    for (const broken of [
      '{"users":[{"localId":"a"},secret',
      '{"users":[{"localId":"a"}',
      '{"users":[{"localId":"a"}]} x',
    ]) {
      const read: unknown[] = [];
      await assert.rejects(
        async () => {
          for await (const entry of readFirebase(stream(broken), { fields: [] })) read.push(entry);
        },
        ({ code, message }: Error & { code: string }) => code === "invalid_data" && !message.includes("secret"),
      );
      assert.equal(read.length, 1);
    }
  });
});
