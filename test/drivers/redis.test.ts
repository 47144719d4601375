import { after, before, describe, it } from "node:test";
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import redis from "../../storage-drivers/redis/index.ts";
import { driverConformance } from "../../storage-drivers/testing/index.ts";
import { clusterUrl, standaloneUrl, stopServers, uniqueBase, withoutRedis } from "../support/redis.ts";

for (const [name, find] of [
  ["redis standalone", standaloneUrl],
  ["redis cluster", clusterUrl],
] as const) {
  describe(`${name}: conformance`, () => {
    let url: string | null = null;
    let base = uniqueBase();

    before(async () => {
      url = await find();
      if (url === null) withoutRedis(name);
    });
    after(stopServers);

    const reopen = (): AtomicDriver => redis({ url: url as string, base, timeout: 10_000 });
    const open = (): AtomicDriver => {
      base = uniqueBase();
      return reopen();
    };
    for (const { name, run } of driverConformance({ open, reopen })) {
      it(name, { timeout: 60_000 }, async () => {
        if (url !== null) await run();
      });
    }
  });
}
