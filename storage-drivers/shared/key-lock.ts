/** Lets one piece of work at a time at a key, within this process, in the order of asking. */
export class KeyLock {
  private readonly tails = new Map<string, Promise<unknown>>();

  /** Runs `work` when everything asked for before on the same key has ended, however it ended. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key);
    const result = before ? before.then(work, work) : work();
    this.tails.set(key, result);
    const leave = () => {
      if (this.tails.get(key) === result) this.tails.delete(key);
    };
    result.then(leave, leave);
    return result;
  }

  /** Resolves when everything asked for until now has ended. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.tails.values());
  }
}
