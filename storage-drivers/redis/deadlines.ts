/** Gives up calls that get no reply in time. */
import { performance } from "node:perf_hooks";
import { clearTimeout, setTimeout } from "node:timers";

/** So many times in a timeout a timer checks whether the program gets to read replies. */
const LOOKS = 16;

/** A timer that is late by up to so many milliseconds was not held up by the program. */
const PUNCTUAL_MS = 5;

/** Something that has to be over by a time of {@link Deadlines.now}. */
export interface Waiting {
  readonly deadline: number;
}

/**
 * One timer for all that wait: a timer for each would cost more than all else a command needs here.
 *
 * Only the time counts in which an answer could have been read. In a program that computes for long, or on a machine
 * that was asleep, timers run before the replies are read that arrived long ago: to give up then would fail everything
 * that is under way, with an unknown outcome.
 */
export class Deadlines<T extends Waiting> {
  readonly #expire: (one: T) => void;
  readonly #look: number;
  readonly #waiting = new Set<T>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer is due, by `performance.now()`. */
  #due = Number.POSITIVE_INFINITY;
  #lost = 0;

  /** @param timeout How many milliseconds most of what is added has */
  constructor(timeout: number, expire: (one: T) => void) {
    this.#expire = expire;
    this.#look = timeout / LOOKS;
  }

  /** Milliseconds by a monotonic clock that stands still while nothing can be read. */
  get now(): number {
    return performance.now() - this.#lost - this.#late();
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(one: T): void {
    this.#waiting.add(one);
    if (one.deadline + this.#lost < this.#due) this.#arm(one.deadline);
  }

  remove(one: T): void {
    this.#waiting.delete(one);
  }

  /** From now on nothing is given up. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#due = Number.POSITIVE_INFINITY;
  }

  /** What holds up the timer that is due. */
  #late(): number {
    const late = performance.now() - this.#due;
    return late > PUNCTUAL_MS ? late : 0;
  }

  #catchUp(): void {
    this.#lost += this.#late();
    this.#due = Number.POSITIVE_INFINITY;
  }

  #arm(deadline: number): void {
    clearTimeout(this.#timer);
    this.#catchUp();
    const delay = Math.max(1, Math.min(this.#look, deadline - this.now));
    this.#due = performance.now() + delay;
    this.#timer = setTimeout(() => this.#check(), delay);
    // what waits keeps its connection open, which keeps the process; when nothing does, neither shall this
    this.#timer.unref();
  }

  #check(): void {
    this.#catchUp();
    const { now } = this;
    let next = Number.POSITIVE_INFINITY;
    for (const one of this.#waiting) {
      if (one.deadline <= now) this.#expire(one);
      else if (one.deadline < next) next = one.deadline;
    }
    if (next < Number.POSITIVE_INFINITY) this.#arm(next);
  }
}
