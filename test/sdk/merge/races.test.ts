/** Two processes merge the same guests and two collect them, on one storage: each guest is merged or deleted once. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { createAnon } from "../../../sdk/index.ts";
import { open } from "../../../storage-drivers/open.ts";
import { race, SHARED_STORAGES, tidyUp } from "../../support/races.ts";
import { uniqueCollection } from "../../support/redis.ts";
import { DAY, PASSWORD } from "../../support/sdk.ts";
import type { MergeRaceInput } from "../../support/workers/merge-race.ts";

const SECRET = "a secret of at least 32 characters, for tests only";
const WORKER = new URL("../../support/workers/merge-race.ts", import.meta.url);
const GUESTS = 24;

describe("merging during garbage collection", () => {
  after(tidyUp);

  for (const [name, urlOf, options] of SHARED_STORAGES) {
    it(`loses no guest and does nothing twice (${name})`, options, async () => {
      const url = await urlOf();
      const collection = uniqueCollection();
      const anon = createAnon({ storage: await open(url), secret: SECRET });
      try {
        const made = await anon.signInAnonymously({ collection, data: { times: 0 } });
        const known = await anon.convert(made.token, { email: "ada@example.com", password: PASSWORD });
        const guests = await Promise.all(
          Array.from({ length: GUESTS }, () => anon.signInAnonymously({ collection, data: { times: 1 } })),
        );
        const tokens = guests.map(({ token }) => token);
        const shared = { url, secret: SECRET, collection, account: known.token };
        // two that merge, and two whose gc deletes the guests
        const inputs: MergeRaceInput[] = [
          { ...shared, guests: tokens },
          { ...shared, guests: tokens },
          { ...shared, guests: [], ahead: 3 * DAY },
          { ...shared, guests: [], ahead: 3 * DAY },
        ];
        const [one, two] = await race<string[]>(WORKER, inputs);

        let merged = 0;
        for (const [index, { record }] of guests.entries()) {
          const outcomes = [one?.[index], two?.[index]];
          for (const outcome of outcomes) {
            assert(["merged", "conflict", "invalid_token"].includes(String(outcome)), String(outcome));
          }
          const left = await anon.admin.get({ collection, id: record.id });
          if (left?.mergedFrom) merged++;
          if (outcomes.includes("merged")) assert.equal(left?.mergedFrom, record.id, `a merge succeeded: ${outcomes}`);
          else if (left) assert(left.mergedFrom === undefined || left.id === known.record.id);
        }
        await anon.admin.gc({ olderThan: "1d", collection });
        assert.equal((await anon.admin.get({ collection, id: known.record.id }))?.times, merged);
      } finally {
        await anon.dispose();
      }
    });
  }
});
