import type { GcReport, ScheduleGcOptions } from "../contract/retention.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { planGc } from "../gc/plan.ts";
import { duration } from "../settings/options.ts";
import { gc } from "./gc.ts";

const SECOND = 1_000;
/** A timer holds 2^31 ms, less than 25 days. With a longer time it would fire at once. */
const MAXIMUM = 24 * 86_400_000;

/** By which part of `every` a run may be early, so that the runs of several servers drift apart. */
const JITTER = 0.1;

/** The end of the last run of each `createAnon`. The runs of its other schedules wait for it. */
const ends = new WeakMap<Engine, Promise<void>>();

export function scheduleGc(engine: Engine, options: ScheduleGcOptions): () => Promise<void> {
  const { every, signal, immediately = false, onRun, ...run } = options ?? ({} as ScheduleGcOptions);
  const period = periodOf(every);
  planGc(engine, run);
  const stopping = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | undefined;

  async function collect(): Promise<void> {
    const began = new Date(engine.now()).toISOString();
    const start = performance.now();
    let report: GcReport | null = null;
    let failure: { error: unknown } | undefined;
    const onProgress = (sofar: GcReport) => {
      report = sofar;
      run.onProgress?.(sofar);
    };
    try {
      report = await gc(engine, { ...run, signal: stopping.signal, onProgress });
    } catch (error) {
      failure = { error };
      engine.hooks.reportError({ hook: "scheduleGc", error });
    }
    try {
      await onRun?.({ began, durationMs: Math.round(performance.now() - start), report, ...failure });
    } catch (error) {
      engine.hooks.reportError({ hook: "scheduleGc", error });
    }
  }

  async function runAlone(): Promise<void> {
    let start = 0;
    const end = (ends.get(engine) ?? Promise.resolve()).then(() => {
      if (stopping.signal.aborted) return;
      // not the clock of the system, which can be set back
      start = performance.now();
      running = collect();
      return running;
    });
    ends.set(engine, end);
    await end;
    // set only now, so that a run longer than the period never overlaps the next one
    if (!stopping.signal.aborted) wait(start + period * (1 - JITTER * Math.random()) - performance.now());
  }

  function wait(milliseconds: number): void {
    // the schedule may begin in a request, and no run may use that request as its own
    timer = engine.outside(() => setTimeout(runAlone, milliseconds));
    // the timer must not keep the process alive
    (timer as { unref?: () => void }).unref?.();
  }

  async function stop(): Promise<void> {
    stopping.abort();
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    await running;
  }

  if (signal?.aborted) return stop;
  signal?.addEventListener("abort", stop);
  // at random, so that servers that start together do not run together
  wait(immediately ? 0 : period * Math.random());
  return stop;
}

function periodOf(every: ScheduleGcOptions["every"]): number {
  const period = duration("every", every);
  if (period >= SECOND && period <= MAXIMUM) return period;
  throw new AnonError("invalid_options", "Cannot use this `every`: use a duration from 1s to 24d");
}
