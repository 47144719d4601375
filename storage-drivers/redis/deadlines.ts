/** Gives up what is not answered in time. */
import { performance } from "node:perf_hooks";
import { clearTimeout, setTimeout } from "node:timers";

/** Something that has to be over by a time of `performance.now()`: a clock that is set must end or prolong nothing. */
export interface Waiting {
  readonly deadline: number;
}

/**
 * One timer for all that wait: a timer for each would cost more than all else a command needs here. What was added with
 * the same timeout ends in order, so the timer is set again only about once per timeout.
 */
export class Deadlines<T extends Waiting> {
  readonly #expire: (one: T) => void;
  readonly #waiting = new Set<T>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #next = Number.POSITIVE_INFINITY;

  constructor(expire: (one: T) => void) {
    this.#expire = expire;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(one: T): void {
    this.#waiting.add(one);
    if (one.deadline < this.#next) this.#arm(one.deadline);
  }

  remove(one: T): void {
    this.#waiting.delete(one);
  }

  /** Whatever still waits is not given up any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#next = Number.POSITIVE_INFINITY;
  }

  #arm(deadline: number): void {
    clearTimeout(this.#timer);
    this.#next = deadline;
    this.#timer = setTimeout(() => this.#check(), Math.max(1, deadline - performance.now()));
    // what waits keeps its connection open, which keeps the process; when nothing does, neither shall this
    this.#timer.unref();
  }

  #check(): void {
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    this.#next = next;
    for (const one of [...this.#waiting]) {
      if (one.deadline <= now) this.#expire(one);
      else if (one.deadline < next) next = one.deadline;
    }
    if (next < Number.POSITIVE_INFINITY) this.#arm(next);
  }
}
