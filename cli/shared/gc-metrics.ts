/** What the runs of `anon gc --every` did since its start, over HTTP on loopback. */
import type { Server } from "node:http";
import type { GcReport, ScheduledGcRun } from "../../sdk/contract/retention.ts";
import { UsageError } from "./errors.ts";
import { type Metric, PROMETHEUS_TYPE, prometheusText } from "./prometheus.ts";

const HOST = "127.0.0.1";

/** Sums over runs. Times are in milliseconds. */
export interface GcTotals {
  runs: number;
  failures: number;
  deleted: number;
  quarantined: number;
  warned: number;
  accountsFailed: number;
  kept: Record<string, number>;
  remaining: boolean;
  lastDuration: number | null;
  lastSuccess: number | null;
}

export function newTotals(): GcTotals {
  return {
    runs: 0,
    failures: 0,
    deleted: 0,
    quarantined: 0,
    warned: 0,
    accountsFailed: 0,
    kept: {},
    remaining: false,
    lastDuration: null,
    lastSuccess: null,
  };
}

/** Adds a run. What a failed run did until it failed counts too. */
export function addRun(totals: GcTotals, { report, durationMs, ...failure }: ScheduledGcRun): void {
  totals.runs++;
  totals.lastDuration = durationMs;
  if (report) addReport(totals, report);
  if ("error" in failure) {
    totals.failures++;
    return;
  }
  totals.lastSuccess = Date.now();
  // a run that failed does not know
  totals.remaining = report?.remaining ?? false;
}

function addReport(totals: GcTotals, report: GcReport): void {
  totals.deleted += report.deleted;
  totals.quarantined += report.quarantined;
  totals.warned += report.warned;
  totals.accountsFailed += report.failed;
  for (const [reason, count] of Object.entries(report.kept)) totals.kept[reason] = (totals.kept[reason] ?? 0) + count;
}

/**
 * Serves `/metrics`, and `/healthz`: 200 while the last run that succeeded ended at most twice `period` milliseconds ago,
 * otherwise 503. Resolves when it listens, to a function that ends it.
 *
 * @throws {UsageError} if the port cannot be used
 */
export async function serveMetrics(totals: GcTotals, port: number, period: number): Promise<() => void> {
  const { createServer } = await import("node:http");
  const server = createServer(({ method, url }, response) => {
    const send = (status: number, text: string, type = "text/plain; charset=utf-8") =>
      response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(text);
    if (method !== "GET" && method !== "HEAD") send(405, "use GET\n");
    else if (url === "/metrics") send(200, prometheusText(metricsOf(totals)), PROMETHEUS_TYPE);
    else if (url === "/healthz") send(...healthOf(totals, period));
    else send(404, "use /metrics or /healthz\n");
  });
  await listening(server, port);
  return () => {
    server.close();
    server.closeAllConnections();
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", ({ message }) => {
      reject(new UsageError(`Cannot listen on port ${port} of ${HOST} (--metrics-port): ${message}`));
    });
    server.listen(port, HOST, resolve);
  });
}

function healthOf({ lastSuccess }: GcTotals, period: number): [status: number, text: string] {
  if (lastSuccess === null) return [503, "no run has succeeded\n"];
  const text = `the last run that succeeded ended at ${new Date(lastSuccess).toISOString()}\n`;
  return [Date.now() - lastSuccess <= 2 * period ? 200 : 503, text];
}

function metricsOf(totals: GcTotals): Metric[] {
  const metric = (type: Metric["type"], name: string, help: string, samples: Metric["samples"]): Metric => ({
    type,
    name: `anon_gc_${name}`,
    help,
    samples,
  });
  const one = (value: number | null): Metric["samples"] => (value === null ? [] : [[{}, value]]);
  const { lastSuccess, lastDuration } = totals;
  return [
    metric("counter", "runs_total", "Runs that have ended.", one(totals.runs)),
    metric("counter", "failures_total", "Runs that failed.", one(totals.failures)),
    metric("counter", "collected_total", "Accounts that were collected.", [
      [{ by: "deletion" }, totals.deleted],
      [{ by: "quarantine" }, totals.quarantined],
    ]),
    metric("counter", "warned_total", "Accounts whose owners were warned.", one(totals.warned)),
    metric(
      "counter",
      "kept_total",
      "Times that an account was due and kept.",
      Object.entries(totals.kept).map(([reason, count]) => [{ reason }, count]),
    ),
    metric(
      "counter",
      "account_failures_total",
      "Times that an account could not be collected.",
      one(totals.accountsFailed),
    ),
    metric(
      "gauge",
      "remaining",
      "1 if the last run that succeeded left accounts that were due.",
      one(totals.remaining ? 1 : 0),
    ),
    metric("gauge", "last_duration_seconds", "How long the last run took.", one(inSeconds(lastDuration))),
    metric(
      "gauge",
      "last_success_timestamp_seconds",
      "When the last run that succeeded ended.",
      one(inSeconds(lastSuccess)),
    ),
  ];
}

function inSeconds(milliseconds: number | null): number | null {
  return milliseconds === null ? null : milliseconds / 1_000;
}
