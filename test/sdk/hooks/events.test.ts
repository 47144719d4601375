import assert from "node:assert/strict";
import { it } from "node:test";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import memory from "../../../storage-drivers/memory.ts";
import { setUp } from "../../support/sdk.ts";

it("OpenTelemetry counts events as docs/hooks.md shows", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
  const provider = new MeterProvider({ readers: [reader] });
  const accounts = provider.getMeter("anon-accounts").createCounter("anon.accounts.events");
  const { anon } = setUp(memory(), {
    onEvent: ({ type, cause, anonymous, account }) =>
      accounts.add(1, { type, cause, anonymous, collection: account.collection }),
  });
  const { token } = await anon.signInAnonymously();
  await anon.signInAnonymously();
  await anon.signOut(token);
  await provider.forceFlush();
  const points = exporter.getMetrics().at(-1)?.scopeMetrics[0]?.metrics[0]?.dataPoints ?? [];
  const counted = points.map(({ attributes, value }) => [attributes.type, attributes.cause, value]);
  assert.deepEqual(counted, [
    ["created", undefined, 2],
    ["signed_in", "anonymous", 2],
    ["session_ended", "sign_out", 1],
  ]);
  await provider.shutdown();
});
