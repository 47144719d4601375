/** Collects in a loop, and writes down for every run its cutoff and which accounts it was about to delete. */
import { appendFileSync } from "node:fs";
import process from "node:process";
import { createAnon } from "../../../sdk/index.ts";
import { open } from "../../../storage-drivers/open.ts";
import { heard, input, say } from "./line.ts";

export interface CollectorInput {
  url: string;
  secret: string;
  collection: string;
  activityResolution: number;
  /** In milliseconds. */
  olderThan: number;
  journal: string;
}

/** One run. `cutoff` is in milliseconds since the epoch. */
export interface Run {
  cutoff: number;
  deleted: number;
  failed: number;
  doomed: string[];
}

const { url, secret, collection, activityResolution, olderThan, journal } = input<CollectorInput>();
const anon = createAnon({ storage: await open(url), secret, activityResolution });
let stopped = false;
heard().then(() => {
  stopped = true;
});
await say("ready");
while (!stopped) {
  const doomed: string[] = [];
  const report = await anon.gc({
    olderThan,
    collection,
    // small, so that there is time between judging and deleting
    batch: 7,
    beforeDelete: async ({ id }) => {
      doomed.push(id);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      return true;
    },
  });
  const run: Run = { cutoff: Date.parse(report.cutoff), deleted: report.deleted, failed: report.failed, doomed };
  appendFileSync(journal, `${JSON.stringify(run)}\n`);
  // the command line shall get its share
  await new Promise((resolve) => setTimeout(resolve, 700));
}
await anon.dispose();
await say("done");
process.exit(0);
