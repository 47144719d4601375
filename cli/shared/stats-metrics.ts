/** The numbers of `anon stats` as metrics. */
import type { AgeCounts, CollectionStats, Stats } from "../../sdk/contract/stats.ts";
import type { Metric } from "./prometheus.ts";

type Samples = [labels: Record<string, string>, value: number][];

/** Metrics of what is known. Of a count that was not completed, only that it was not. */
export function statsMetrics({ exact, complete, collections, unconfigured, durationMs }: Stats): Metric[] {
  const gauge = (name: string, help: string, samples: Samples): Metric => ({
    ...{ name: `anon_${name}`, help, type: "gauge" },
    samples,
  });
  const all = complete ? Object.entries(collections) : [];
  const perCollection = (name: string, help: string, of: (one: CollectionStats) => Samples): Metric =>
    gauge(
      name,
      help,
      all.flatMap(([collection, one]) =>
        of(one).map(([labels, value]): Samples[number] => [{ collection, ...labels }, value]),
      ),
    );
  return [
    perCollection("accounts", "Accounts by state.", ({ accounts }) => labelled("state", accounts)),
    perCollection("accounts_held", "Accounts on hold.", ({ held }) => known(held)),
    perCollection("accounts_created", "Accounts in use by their age.", ({ created }) => byAge(created)),
    perCollection("accounts_active", "Accounts in use by the time since they were active.", ({ lastActive }) =>
      byAge(lastActive),
    ),
    perCollection("accounts_damaged", "Accounts that cannot be read.", ({ damaged }) => known(damaged)),
    perCollection("sessions", "Living sessions.", ({ sessions }) => known(sessions)),
    perCollection("merges_begun", "Merges that are not finished.", ({ merges }) => known(merges)),
    perCollection("conversions_begun", "Valid codes of conversions.", ({ conversions }) => known(conversions)),
    perCollection("queue_entries", "Entries of the due queue by what they are for.", ({ queue }) =>
      labelled("kind", {
        account: queue.accounts,
        code: queue.codes,
        idempotency_key: queue.idempotencyKeys,
        expired: queue.expired,
        lock: queue.locks,
      }),
    ),
    perCollection("queue_accounts_expected", "Accounts that belong in the due queue.", ({ queue }) =>
      known(queue.expected),
    ),
    perCollection("queue_accounts_first", "Accounts that each gc examines.", ({ queue }) => known(queue.first)),
    perCollection("accounts_due", "Accounts that are due within a time.", ({ queue }) => labelled("within", queue.due)),
    perCollection("queue_oldest_timestamp_seconds", "The oldest time in the due queue.", ({ queue }) =>
      known(queue.oldest === null ? null : Date.parse(queue.oldest) / 1_000),
    ),
    gauge(
      "accounts_unconfigured",
      "Accounts of collections that are not configured.",
      complete ? known(unconfigured) : [],
    ),
    gauge("stats_exact", "1 if every account was read.", known(exact ? 1 : 0)),
    gauge("stats_complete", "1 if all was read; otherwise there are no other numbers.", known(complete ? 1 : 0)),
    gauge("stats_duration_seconds", "How long the count took.", known(durationMs / 1_000)),
  ];
}

function known(value: number | null): Samples {
  return value === null ? [] : [[{}, value]];
}

function labelled(label: string, values: Readonly<Record<string, number>> | null): Samples {
  return Object.entries(values ?? {}).map(([name, value]) => [{ [label]: name }, value]);
}

function byAge(counts: Readonly<Record<"anonymous" | "registered", AgeCounts>> | null): Samples {
  return Object.entries(counts ?? {}).flatMap(([state, ages]) =>
    Object.entries(ages).map(([age, value]): Samples[number] => [{ state, age }, value]),
  );
}
