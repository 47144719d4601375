/** Rows of accounts as the driver stores them, for bare statements that write the same. */
import type { AtomicDriver } from "../sdk/storage/port.ts";
import { sampleOf } from "./accounts.ts";

const DAY = 86_400_000;

/** A real account. Its id occurs in its key and in its value. */
export interface StoredAccount {
  id: string;
  value: string;
  due: number;
}

export async function storedAccount(storage: AtomicDriver): Promise<StoredAccount> {
  const { key, text } = await sampleOf(storage);
  const [due] = (await storage.dueTimes?.([key])) ?? [];
  if (typeof due !== "number") throw new Error("The account is not in the due queue");
  return { id: key.slice(key.lastIndexOf(":") + 1), value: text, due };
}

/** The same account, due `days` earlier. */
export function earlier(account: StoredAccount, days: number): StoredAccount {
  return { ...account, due: account.due - days * DAY };
}

/** Keys as long as those of accounts. As with random ids, one is not beside the previous one. */
export function keySequence(): () => string {
  let count = 0;
  return () => {
    // an odd factor is a permutation of 32 bits
    const id = Math.imul(++count, 0x9e37_79b1) >>> 0;
    return `acc:users:${id.toString(36).padStart(15, "0")}`;
  };
}
