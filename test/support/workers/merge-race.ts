/** One of several processes: some merge guests into one account, the others run gc over the same guests. */
import process from "node:process";
import { AnonError, createAnon } from "../../../sdk/index.ts";
import { open } from "../../../storage-drivers/open.ts";
import { input, receive, send } from "./line.ts";

/** What to do after the start signal. */
export interface MergeRaceInput {
  url: string;
  secret: string;
  collection: string;
  /** Guests to be merged. */
  guests: string[];
  account: string;
  /** Runs gc instead, with a clock that is so many milliseconds ahead. */
  ahead?: number;
}

const { url, secret, collection, guests, account, ahead } = input<MergeRaceInput>();

/** Adds up, so that a merge that is done twice is detected. */
function combine(one: Record<string, unknown>, other: Record<string, unknown>): Record<string, unknown> {
  return { ...one, times: Number(one.times) + Number(other.times) };
}

const now = (): number => Date.now() + (ahead ?? 0);
const anon = createAnon({ storage: await open(url), secret, now, merge: { strategy: "combine", combine } });
await send("ready");
await receive();
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
await send(outcomes);
await anon.dispose();
process.exit(0);
