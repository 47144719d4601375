/** One of several processes: some merge guests into one account, the others collect the same guests. */
import process from "node:process";
import { AnonError, createAnon } from "../../../sdk/index.ts";
import { open } from "../../../storage-drivers/open.ts";
import { heard, input, say } from "./line.ts";

/** What to do once told to go. */
export interface MergeRaceInput {
  url: string;
  secret: string;
  collection: string;
  /** Guests to be merged. */
  guests: string[];
  account: string;
  /** Collects instead, with a clock so many milliseconds ahead. */
  ahead?: number;
}

const { url, secret, collection, guests, account, ahead } = input<MergeRaceInput>();

/** Adds up, so that a merge that were done twice would be seen. */
function combine(one: Record<string, unknown>, other: Record<string, unknown>): Record<string, unknown> {
  return { ...one, times: Number(one.times) + Number(other.times) };
}

const now = (): number => Date.now() + (ahead ?? 0);
const anon = createAnon({ storage: await open(url), secret, now, merge: { strategy: "combine", combine } });
await say("ready");
await heard();
const outcomes: string[] = [];
if (ahead !== undefined) {
  for (let run = 0; run < 5; run++) {
    const { deleted, failed } = await anon.admin.gc({ olderThan: "1d", collection, batch: 3 });
    outcomes.push(`${deleted} ${failed}`);
  }
} else {
  for (const anonymous of guests) {
    const merging = anon.merge({ anonymous, account }).then(
      () => "merged",
      (error) => (error instanceof AnonError ? error.code : String(error)),
    );
    outcomes.push(await merging);
  }
}
await say(outcomes);
await anon.dispose();
process.exit(0);
