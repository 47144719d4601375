/** Limits over a storage that counts: four real processes share each count. */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { after, describe, it } from "node:test";
import { PROCESSES, race, SHARED_STORAGES, tidyUp } from "../../support/races.ts";
import { uniqueCollection } from "../../support/redis.ts";
import { SECRET } from "../../support/sdk.ts";
import type { SignUpsInput } from "../../support/workers/sign-ups.ts";

const WORKER = new URL("../../support/workers/sign-ups.ts", import.meta.url);
const MAX = 9;
const VISITORS = 12;

describe("limits of several processes", () => {
  after(tidyUp);

  // fs has no counter, so there each process counts for itself
  for (const [name, urlOf, options] of SHARED_STORAGES.filter(([name]) => name !== "fs")) {
    it(`are counted together (${name})`, options, async () => {
      const input: SignUpsInput = {
        url: await urlOf(),
        secret: SECRET,
        collection: uniqueCollection(),
        // one that no other test on the server uses
        remoteAddress: `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`,
        max: MAX,
        visitors: VISITORS,
      };
      const outcomes = (
        await race<string[]>(
          WORKER,
          Array.from({ length: PROCESSES }, () => input),
        )
      ).flat();
      const count = (outcome: string) => outcomes.filter((one) => one === outcome).length;
      assert.deepEqual(
        [count("done"), count("rate_limited"), outcomes.length],
        [MAX, PROCESSES * VISITORS - MAX, PROCESSES * VISITORS],
        `${outcomes}`,
      );
    });
  }
});
