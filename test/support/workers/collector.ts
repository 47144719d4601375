/** Runs gc in a loop, and writes the report of every run to a journal. */
import { appendFileSync } from "node:fs";
import process from "node:process";
import { createAnon } from "../../../sdk/index.ts";
import { open } from "../../../storage-drivers/open.ts";
import { input, receive, send } from "./line.ts";

export interface CollectorInput {
  url: string;
  secret: string;
  collection: string;
  activityResolution: number;
  /** In milliseconds. */
  olderThan: number;
  journal: string;
}

export interface Run {
  deleted: number;
  failed: number;
}

const { url, secret, collection, activityResolution, olderThan, journal } = input<CollectorInput>();
const anon = createAnon({ storage: await open(url), secret, activityResolution });
let collected = 0;
let stopped = false;
receive().then(() => {
  stopped = true;
});
await send("ready");
// on a busy machine the first accounts may become inactive late
while (!stopped || collected === 0) {
  const { deleted, failed } = await anon.admin.gc({
    olderThan,
    collection,
    // small, so that there is time between judging and deleting
    batch: 7,
    beforeDelete: async () => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      return true;
    },
  });
  collected += deleted;
  appendFileSync(journal, `${JSON.stringify({ deleted, failed } satisfies Run)}\n`);
  // leaves accounts for the command line to collect
  await new Promise((resolve) => setTimeout(resolve, 700));
}
await anon.dispose();
await send("done");
process.exit(0);
