/** Four real processes on one storage compete for the same emails, use the same codes and change the same account. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { createAnon } from "../../../sdk/index.ts";
import { open } from "../../../storage-drivers/open.ts";
import { PROCESSES, race, SHARED_STORAGES, tidyUp } from "../../support/races.ts";
import { uniqueCollection } from "../../support/redis.ts";
import { collect } from "../../support/sdk.ts";
import type { Converted, RaceInput } from "../../support/workers/race.ts";

const SECRET = "a secret of at least 32 characters, for tests only";
const WORKER = new URL("../../support/workers/race.ts", import.meta.url);
const EMAILS = Array.from({ length: 5 }, (_, number) => `wanted${number}@example.com`);
const UPDATES = 4;
/** As many as one account may create in an hour. */
const CODES = 10;
function inputsFor(url: string, collection: string, more: (number: number) => Partial<RaceInput>): RaceInput[] {
  return Array.from({ length: PROCESSES }, (_, number) => ({
    url,
    secret: SECRET,
    collection,
    number,
    // half of the processes are of an older version
    isOneByOne: number % 2 === 1,
    ...more(number),
  }));
}

// other tests may use the same server, so each run has its own collection
const newCollection = uniqueCollection;

describe("processes on one storage", () => {
  after(tidyUp);

  for (const [name, urlOf, options] of SHARED_STORAGES) {
    it(`give each email and username to exactly one guest (${name})`, options, async () => {
      const url = await urlOf();
      const collection = newCollection();
      const all = (
        await race<Converted[]>(
          WORKER,
          inputsFor(url, collection, () => ({ emails: EMAILS })),
        )
      ).flat();
      const anon = createAnon({ storage: await open(url), secret: SECRET });
      try {
        assert.equal(all.length, PROCESSES * EMAILS.length);
        for (const email of EMAILS) {
          const wanted = all.filter((one) => one.email === email);
          const owners = wanted.filter(({ error }) => error === null);
          assert.equal(owners.length, 1, `one owner of ${email}: ${wanted.map(({ error }) => error)}`);
          assert.equal((await anon.admin.findByEmail(email, { collection }))?.id, owners[0]!.id);
          const signedIn = await anon.signInWithPassword(email, "correct horse", { collection });
          assert.equal(signedIn.record.id, owners[0]!.id);
        }
        for (const { error, usable, token, id, email } of all) {
          assert(usable, `${id} is usable afterwards`);
          const authenticated = await anon.authenticate(token);
          assert.equal(authenticated?.record.id, id);
          if (error === null) continue;
          assert.equal(error, "email_taken");
          assert.equal(authenticated.record.anonymous, true);
          await assert.rejects(anon.convert(token, { email, password: "correct horse" }), { code: "email_taken" });
        }
        const mine = all.find(({ error }) => error !== null)!;
        const other = await anon.convert(mine.token, { email: "unwanted@example.com", password: "correct horse" });
        assert.equal(other.record.id, mine.id);
      } finally {
        await anon.dispose();
      }
    });

    it(`import one account with each email (${name})`, options, async () => {
      const url = await urlOf();
      const collection = newCollection();
      const inputs = inputsFor(url, collection, () => ({ imported: EMAILS }));
      const all = await race<string[]>(WORKER, inputs);
      const storage = await open(url);
      const anon = createAnon({ storage, secret: SECRET });
      try {
        for (const [index, email] of EMAILS.entries()) {
          const outcomes = all.map((outcomes) => outcomes[index]);
          const others = Array.from({ length: PROCESSES - 1 }, () => "email_taken");
          assert.deepEqual([...outcomes].sort(), ["created", ...others], `outcomes of ${email}`);
          const owner = await anon.admin.findByEmail(email, { collection });
          assert.equal(owner?.id, `i${outcomes.indexOf("created")}x${index}`);
        }
        assert.equal(
          (await collect(anon.admin.list({ collection }))).length,
          EMAILS.length,
          "no other account is left",
        );
        assert.equal(
          (await collect(storage.keys(`clm:${collection}:`))).length,
          EMAILS.length,
          "no other lock is left",
        );
      } finally {
        await anon.dispose();
      }
    });

    it(`start one session for each transfer code (${name})`, options, async () => {
      const url = await urlOf();
      const collection = newCollection();
      const settings = { secret: SECRET, maxSessions: 100 };
      const anon = createAnon({ ...settings, storage: await open(url) });
      try {
        const { token, record } = await anon.signInAnonymously({ collection });
        const codes: string[] = [];
        for (let count = 0; count < CODES; count++) codes.push((await anon.createTransferCode(token)).code);
        const all = await race<string[]>(
          WORKER,
          inputsFor(url, collection, () => ({ codes })),
        );
        for (let count = 0; count < CODES; count++) {
          const [begun, ...refused] = all.map((own) => own[count]!).sort((one, other) => other.length - one.length);
          assert.equal((await anon.authenticate(begun!))?.record.id, record.id);
          assert.deepEqual(refused, new Array(PROCESSES - 1).fill("invalid_transfer_code"));
        }
        assert.equal((await anon.authenticate(token))?.record.id, record.id);
      } finally {
        await anon.dispose();
      }
    });

    it(`lose no update, sign-out or renewal of one account (${name})`, options, async () => {
      const url = await urlOf();
      const collection = newCollection();
      const anon = createAnon({ storage: await open(url), secret: SECRET });
      try {
        const guest = await anon.signInAnonymously({ collection });
        const { record, token } = await anon.convert(guest.token, { email: EMAILS[0]!, password: "correct horse" });
        const tokens: string[][] = [];
        for (let number = 0; number < PROCESSES; number++) {
          const own: string[] = [];
          for (let count = 0; count < 3; count++) {
            own.push((await anon.signInWithPassword(EMAILS[0]!, "correct horse", { collection })).token);
          }
          tokens.push(own);
        }
        await race(
          WORKER,
          inputsFor(url, collection, (number) => ({ tokens: tokens[number], updates: UPDATES })),
        );
        const fields = (await anon.admin.get({ collection, id: record.id })) as Record<string, unknown>;
        for (let number = 0; number < PROCESSES; number++) {
          for (let count = 0; count < UPDATES; count++) assert.equal(fields[`field_${number}_${count}`], count);
          const [used, ...ended] = tokens[number]!;
          assert.equal((await anon.authenticate(used!))?.record.id, record.id, "the session in use is still valid");
          for (const one of ended) assert.equal(await anon.authenticate(one), null, "the other sessions have ended");
        }
        assert.equal((await anon.authenticate(token))?.record.id, record.id);
      } finally {
        await anon.dispose();
      }
    });
  }
});
