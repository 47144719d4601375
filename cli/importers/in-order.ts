/** Accounts of which only one can be stored are imported in their order, so that the first one is, each time. */
import type { ImportedAccount } from "../../sdk/contract/import.ts";

/** Calls for accounts that share something wait for each other; all others run at the same time. */
export interface InOrder {
  /** Must be called in the order of the source. */
  run(account: ImportedAccount, action: () => Promise<void>): Promise<void>;
}

export function createInOrder(): InOrder {
  const last = new Map<string, Promise<void>>();
  return {
    async run(account, action) {
      const names = namesOf(account);
      const before = names.flatMap((name) => last.get(name) ?? []);
      const done = before.length === 0 ? action() : Promise.all(before).then(action);
      const settled = done.catch(() => undefined);
      for (const name of names) last.set(name, settled);
      try {
        await done;
      } finally {
        for (const name of names) if (last.get(name) === settled) last.delete(name);
      }
    },
  };
}

/** What it may share with another account; in one case, because emails and usernames are the same in any. */
function namesOf({ id, email, username, identities = [] }: ImportedAccount): string[] {
  const subjects = Array.isArray(identities) ? identities : [];
  return [
    `id ${id}`,
    ...(email ? [`email ${email}`] : []),
    ...(username ? [`username ${username}`] : []),
    ...subjects.map((one) => `identity ${one?.provider} ${one?.subject}`),
  ].map((name) => name.toLowerCase());
}
