/** Runs one piece of work at a time for each key, within this process, in the order of the calls. */
export class KeyLock<Key = string> {
  private readonly tails = new Map<Key, Promise<unknown>>();

  /** Runs `work` when all earlier work for the same key has ended, however it ended. */
  run<T>(key: Key, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key);
    const result = before ? before.then(work, work) : work();
    this.tails.set(key, result);
    const leave = () => {
      if (this.tails.get(key) === result) this.tails.delete(key);
    };
    result.then(leave, leave);
    return result;
  }

  /** Whether work for this key is under way or waits. */
  isBusy(key: Key): boolean {
    return this.tails.has(key);
  }

  /** Resolves when all work so far has ended. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.tails.values());
  }
}
