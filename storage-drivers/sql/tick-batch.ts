/** Collects what is asked for in one tick, so that it goes to the database together. */
import { DriverError } from "../shared/driver-error.ts";
import { IN_WORKERS } from "./in-workers.ts";

interface Waiting<Item, Outcome> {
  item: Item;
  since: number;
  resolve: (outcome: Outcome) => void;
  reject: (error: unknown) => void;
}

interface TickBatchOptions<Item> {
  /** So many calls of `run` are under way at most; in Workers any number, because no request may wait for another. */
  atOnce: number;
  /** So many items has one call at most. */
  size: number;
  /** When a call of `run` rejects, so do the items that have waited for so many milliseconds. */
  timeout: number;
  /** Items of the same id go in different calls. */
  idOf?: (item: Item) => string;
}

/**
 * Calls `run` with all items of a tick; while `atOnce` calls are under way, what comes waits and goes together. An `Error`
 * among the outcomes fails only its item.
 */
export class TickBatch<Item, Outcome> {
  readonly #run: (items: Item[]) => Promise<(Outcome | Error)[]>;
  readonly #options: TickBatchOptions<Item>;
  readonly #atOnce: number;
  #waiting: Waiting<Item, Outcome>[] = [];
  #running = 0;
  #isScheduled = false;

  constructor(run: (items: Item[]) => Promise<(Outcome | Error)[]>, options: TickBatchOptions<Item>) {
    this.#run = run;
    this.#options = options;
    this.#atOnce = IN_WORKERS ? Number.POSITIVE_INFINITY : options.atOnce;
  }

  add(item: Item): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, since: performance.now(), resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#running >= this.#atOnce || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    afterTick(() => {
      this.#isScheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const batch = this.#take();
    this.#running++;
    this.#schedule();
    try {
      const outcomes = await this.#run(batch.map(({ item }) => item));
      for (const [at, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[at] as Outcome | Error;
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
      this.#expire();
    }
    this.#running--;
    this.#schedule();
  }

  /** Otherwise each item would wait for the timeouts of all before it. What waits is in the order of its arrival. */
  #expire(): void {
    const oldest = performance.now() - this.#options.timeout;
    while (this.#waiting[0] && this.#waiting[0].since <= oldest) {
      this.#waiting
        .shift()
        ?.reject(new DriverError("unavailable", "Cannot use the database: earlier calls took the whole timeout"));
    }
  }

  #take(): Waiting<Item, Outcome>[] {
    const { size, idOf } = this.#options;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (!idOf && waiting.length <= size) return waiting;
    const batch: Waiting<Item, Outcome>[] = [];
    const ids = new Set<string>();
    for (const [at, one] of waiting.entries()) {
      if (batch.length === size) {
        // without a look at each of them: there may be many thousand
        this.#waiting = this.#waiting.concat(waiting.slice(at));
        break;
      }
      const id = idOf?.(one.item);
      if (id !== undefined && ids.has(id)) this.#waiting.push(one);
      else batch.push(one);
      if (id !== undefined) ids.add(id);
    }
    return batch;
  }
}

/**
 * After everything that is ready to run: requests that came in together write together. In Workers after the microtasks
 * that are ready, which are all of one request.
 */
const afterTick: (callback: () => void) => unknown = IN_WORKERS
  ? queueMicrotask
  : typeof globalThis.setImmediate === "function"
    ? globalThis.setImmediate
    : (callback) => setTimeout(callback, 0);
