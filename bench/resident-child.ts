/**
 * Runs one `gc`, `list`, `copy` or `dump` over a whole database or an import to it, and prints the peak resident memory of this
 * process.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { copy } from "../sdk/transfer/copy.ts";
import { dump } from "../sdk/transfer/dump.ts";
import redis from "../storage-drivers/redis/index.ts";
import { anonOver, COLLECTION } from "./accounts.ts";
import { importLines } from "./import-lines.ts";

/** `other` is the database that a copy goes to, or how many accounts an import has. */
const [job, url, other] = process.argv.slice(2);
const storage = redis({ url, timeout: 60_000 });
// a clock one day ahead, so that every account is inactive
const anon = anonOver(storage, () => Date.now() + 86_400_000);

let seen = 0;
if (job === "gc") {
  const report = await anon.admin.gc({ olderThan: "1h" });
  seen = report.deleted;
} else if (job === "copy") {
  const target = redis({ url: other, timeout: 60_000 });
  seen = (await copy(storage, target)).copied;
  await target.dispose();
} else if (job === "dump") {
  const onProgress = (entries: number) => {
    seen = entries;
  };
  for await (const _text of dump(storage, { onProgress }));
} else if (job === "import") {
  seen = await importLines(storage, Number(other));
} else {
  for await (const _record of anon.admin.list({ collection: COLLECTION })) seen++;
}
await storage.dispose();
console.log(JSON.stringify({ seen, megabytes: peakKilobytes() / 1_024 }));

/** Includes the runtime itself. */
function peakKilobytes(): number {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    if (peak !== undefined) return Number(peak);
  } catch {
    // not Linux
  }
  // not used on Linux, where it includes the peak of the parent process
  return process.resourceUsage().maxRSS;
}
