/** One of several processes on one Redis: `redis-worker.ts URL BASE STEPS`. Prints how many swaps it won. */
import process from "node:process";
import redis from "../../storage-drivers/redis/index.ts";

const [url, base, steps] = process.argv.slice(2);
const driver = redis({ url, base, timeout: 20_000 });
let won = 0;
for (let i = 0; i < Number(steps); i++) {
  if (await driver.swap(`race:${i}`, null, String(process.pid))) won++;
  for (;;) {
    const now = await driver.read("counter");
    if (await driver.swap("counter", now, String(Number(now ?? 0) + 1))) break;
  }
}
await driver.dispose();
console.log(JSON.stringify({ won }));
