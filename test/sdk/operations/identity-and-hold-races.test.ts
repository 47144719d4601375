/** Four real processes on one storage compete for the same identities, and hold, restore and delete the same accounts. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { Anon } from "../../../sdk/contract/anon.ts";
import type { AuthData } from "../../../sdk/contract/records.ts";
import type { GcReport } from "../../../sdk/contract/retention.ts";
import { createAnon } from "../../../sdk/index.ts";
import { open } from "../../../storage-drivers/open.ts";
import { PROCESSES, race, SHARED_STORAGES, tidyUp } from "../../support/races.ts";
import { uniqueCollection } from "../../support/redis.ts";
import { DAY, PASSWORD, SECRET } from "../../support/sdk.ts";
import { bySize } from "../../support/size.ts";
import type { Call, CallResult } from "../../support/workers/calls.ts";

const WORKER = new URL("../../support/workers/calls.ts", import.meta.url);
const ROUNDS = bySize({ full: 6, short: 3 });
const SWEEPS = bySize({ full: 40, short: 15 });
const rounds = Array.from({ length: ROUNDS }, (_, round) => round);
const SETTINGS = { secret: SECRET, retention: 10 * DAY, quarantine: 7 * DAY, sessionTtl: 90 * DAY };

/** One collection that several processes share. */
interface Shared {
  anon: Anon;
  collection: string;
  /** The locks of operations that have not finished. */
  openLocks(): Promise<string[]>;
  /** An SDK whose clock is `ahead` milliseconds ahead. */
  later(ahead: number): Promise<Anon>;
  /** Makes each process's calls, concurrently or in turn, and returns their results. */
  race(calls: Call[][], inTurn?: boolean, ahead?: number): Promise<CallResult[][]>;
}

async function share(url: string, use: (shared: Shared) => Promise<void>): Promise<void> {
  const collection = uniqueCollection();
  const opened: Anon[] = [];
  const later = async (ahead: number): Promise<Anon> => {
    const storage = await open(url);
    opened.push(createAnon({ ...SETTINGS, storage, now: () => Date.now() + ahead }) as Anon);
    return opened.at(-1)!;
  };
  const driver = await open(url);
  try {
    await use({
      anon: await later(0),
      collection,
      later,
      async openLocks() {
        const { entries } = await driver.due(0, { limit: 10_000 });
        return entries.map(({ key }) => key).filter((key) => key.startsWith(`clm:${collection}:`));
      },
      race(calls, inTurn = false, ahead = 0) {
        assert.equal(calls.length, PROCESSES);
        return race<CallResult[]>(
          WORKER,
          calls.map((own) => ({ url, settings: SETTINGS, ahead, inTurn, calls: own })),
        );
      },
    });
  } finally {
    await driver.dispose();
    for (const one of opened) await one.dispose();
  }
}

const codeOf = (result: CallResult): string => ("code" in result ? result.code : "done");
const identityOf = (round: number, provider = "google") => ({ provider, subject: String(round) });

/** Registers an account with an identity. */
async function register({ anon, collection }: Shared, identity: object): Promise<AuthData> {
  const { token } = await anon.signInAnonymously({ collection });
  return await anon.convertWithIdentity(token, identity as ReturnType<typeof identityOf>);
}

describe("processes on one storage", () => {
  after(tidyUp);

  for (const [name, urlOf, options] of SHARED_STORAGES) {
    it(`give each identity to exactly one competing account (${name})`, options, async () => {
      await share(await urlOf(), async (shared) => {
        const { anon, collection } = shared;
        const calls: Call[][] = [];
        const ids: string[][] = [];
        for (let number = 0; number < PROCESSES; number++) {
          const own: Call[] = [];
          ids.push([]);
          for (const round of rounds) {
            const guest = await anon.signInAnonymously({ collection });
            ids[number]!.push(guest.record.id);
            const isRegistered = number % 2 === 0;
            const email = `${number}.${round}@example.com`;
            const ref = { collection, id: guest.record.id };
            if (isRegistered) await anon.admin.convert(ref, { email, password: PASSWORD });
            if (isRegistered) own.push({ name: "link", args: [ref, identityOf(round)] });
            else own.push({ name: "convertWithIdentity", args: [ref, identityOf(round)] });
          }
          calls.push(own);
        }
        const results = await shared.race(calls);
        for (const round of rounds) {
          const codes = results.map((own) => codeOf(own[round]!));
          assert.deepEqual([...codes].sort(), ["done", ...new Array(PROCESSES - 1).fill("identity_taken")]);
          const owner = ids[codes.indexOf("done")]![round];
          assert.equal((await anon.signInWithIdentity(identityOf(round), { collection }))?.record.id, owner);
        }
        assert.deepEqual(await shared.openLocks(), []);
      });
    });

    it(`leave each account one of its last two ways in (${name})`, options, async () => {
      await share(await urlOf(), async (shared) => {
        const { anon, collection } = shared;
        const ids: string[] = [];
        for (const round of rounds) {
          const { token, record } = await register(shared, identityOf(round));
          await anon.link(token, identityOf(round, "github"));
          ids.push(record.id);
        }
        const unlinking = (provider: string): Call[] =>
          ids.map((id, round) => ({ name: "unlink", args: [{ collection, id }, identityOf(round, provider)] }));
        const results = await shared.race(["google", "github", "google", "github"].map(unlinking));
        for (const round of rounds) {
          const own = results.map((all) => all[round]!);
          assert.equal(own.filter((one) => "value" in one && one.value === true).length, 1, JSON.stringify(own));
          for (const one of own) if ("code" in one) assert.equal(one.code, "last_way_in");
          const { identities } = await anon.admin.exportAccount({ collection, id: ids[round]! });
          assert.equal(identities.length, 1);
          for (const provider of ["google", "github"]) {
            const owner = await anon.signInWithIdentity(identityOf(round, provider), { collection });
            assert.equal(owner?.record.id, identities[0]?.provider === provider ? ids[round] : undefined);
          }
        }
        assert.deepEqual(await shared.openLocks(), []);
      });
    });

    it(`move an identity from one account to another without ever having two owners (${name})`, options, async () => {
      await share(await urlOf(), async (shared) => {
        const { anon, collection } = shared;
        const from: string[] = [];
        const to: string[] = [];
        for (const round of rounds) {
          const { token, record } = await register(shared, identityOf(round));
          await anon.link(token, identityOf(round, "github"));
          from.push(record.id);
          to.push((await register(shared, identityOf(round, "gitlab"))).record.id);
        }
        const all = (call: "link" | "unlink", ids: string[]): Call[] =>
          ids.map((id, round) => ({ name: call, args: [{ collection, id }, identityOf(round)] }));
        // repeated, so that some links come before it is free and some after
        const linking = Array.from({ length: SWEEPS }, () => all("link", to)).flat();
        const calls = [all("unlink", from), linking, linking, all("unlink", from)];
        const results = await shared.race(calls, true);
        for (const round of rounds) {
          const linked = [1, 2].flatMap((number) =>
            results[number]!.filter((_, at) => at % ROUNDS === round).map(codeOf),
          );
          const isOwned = linked.includes("done");
          for (const code of linked) assert(["done", "identity_taken"].includes(code), code);
          const owner = await anon.signInWithIdentity(identityOf(round), { collection });
          assert.equal(owner?.record.id, isOwned ? to[round] : undefined);
          if (!isOwned) await anon.admin.link({ collection, id: to[round]! }, identityOf(round));
        }
        assert.deepEqual(await shared.openLocks(), []);
      });
    });

    it(`restore an account or purge it, never both (${name})`, options, async () => {
      await share(await urlOf(), async (shared) => {
        const { anon, collection } = shared;
        const guests: AuthData[] = [];
        for (let count = 0; count < ROUNDS * 4; count++) guests.push(await anon.signInAnonymously({ collection }));
        const then = await shared.later(12 * DAY);
        assert.equal((await then.admin.gc({ collection })).quarantined, guests.length);
        // reversed because gc begins with the oldest, so that the two meet
        const restoring: Call[] = guests
          .map(({ record: { id } }): Call => ({ name: "restore", args: [{ collection, id }] }))
          .reverse();
        const collecting: Call[] = [{ name: "gc", args: [{ collection, batch: 1 }] }];
        const results = await shared.race([restoring, collecting, restoring, collecting], true, 20 * DAY);
        const now = await shared.later(20 * DAY);
        let purged = 0;
        for (const [index, { token, record }] of guests.entries()) {
          const codes = [results[0]!, results[2]!].map((own) => codeOf(own.at(-1 - index)!));
          const isThere = (await now.admin.get({ collection, id: record.id })) !== null;
          assert.equal(codes[0], codes[1], "both processes get the same result");
          assert.equal(codes[0], isThere ? "done" : "not_found");
          assert.equal((await now.authenticate(token))?.record.id, isThere ? record.id : undefined);
          if (!isThere) purged++;
        }
        const reports = [results[1]![0]!, results[3]![0]!].map((one) => ("value" in one ? one.value : one) as GcReport);
        assert.equal(reports[0]!.deleted + reports[1]!.deleted, purged, JSON.stringify(reports));
      });
    });

    it(`delete no account that was put on hold in time (${name})`, options, async () => {
      await share(await urlOf(), async (shared) => {
        const { anon, collection } = shared;
        const ids: string[] = [];
        for (let count = 0; count < ROUNDS * 4; count++) {
          ids.push((await anon.signInAnonymously({ collection })).record.id);
        }
        const all = (call: "hold" | "delete", some: string[]): Call[] =>
          some.map((id) => ({ name: call, args: [{ collection, id }] }));
        const collecting: Call[] = [{ name: "gc", args: [{ collection, batch: 1 }] }];
        const calls = [all("hold", ids), all("delete", ids.toReversed()), collecting, all("hold", ids)];
        const results = await shared.race(calls, true, 12 * DAY);
        const now = await shared.later(12 * DAY);
        for (const [index, id] of ids.entries()) {
          const [held, again] = [results[0]![index]!, results[3]![index]!].map(codeOf);
          const deletion = results[1]!.at(-1 - index)!;
          const status = await now.admin.inspect({ collection, id });
          assert.equal(held === "done" || again === "done", status !== null, `${held} ${again}`);
          // a deletion that comes too late is refused
          assert.deepEqual(deletion, status ? { code: "account_held" } : { value: true });
          if (status) assert(status.hold);
        }
        const later = await shared.later(40 * DAY);
        assert.equal(
          (await later.admin.gc({ collection })).deleted,
          0,
          "and later gc deletes no account on hold either",
        );
      });
    });
  }
});
