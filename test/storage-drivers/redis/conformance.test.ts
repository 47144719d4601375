import { after, before, describe, it } from "node:test";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import redis from "../../../storage-drivers/redis/index.ts";
import { driverConformance } from "../../../storage-drivers/testing/index.ts";
import { clusterUrl, needsRedis, standaloneUrl, stopServers, uniqueBase } from "../../support/redis.ts";
import { KEYS } from "../suite.ts";

for (const [kind, find] of [
  ["standalone", standaloneUrl],
  ["cluster", clusterUrl],
] as const) {
  describe(`redis ${kind}: conformance`, () => {
    const options = needsRedis(kind, { timeout: 300_000 });
    let url = "";
    let base = uniqueBase();

    before(async () => {
      if (!options.skip) url = await find();
    });
    after(stopServers);

    const reopen = (): AtomicDriver => redis({ url, base, timeout: 10_000 });
    const open = (): AtomicDriver => {
      // a base that is longer in bytes than in characters
      base = `${uniqueBase()}-é日`;
      return reopen();
    };
    for (const { name, run } of driverConformance({ open, reopen, keys: KEYS })) {
      it(name, options, run);
    }
  });
}
