/**
 * A driver that is not our own: all accounts in one JSON file. Guarantee: `process`. It has only what accounts need, so the
 * conformance suite would miss `setItem` and the refusals of bad arguments and after `dispose`.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { AtomicDriver } from "../../sdk/storage/port.ts";

type Entry = [value: string, due: number | null];

export function jsonFile(path: string): AtomicDriver {
  const load = (): Map<string, Entry> => new Map(existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : []);

  function save(entries: Map<string, Entry>): void {
    writeFileSync(`${path}.new`, JSON.stringify([...entries]));
    renameSync(`${path}.new`, path);
  }

  return {
    name: "json-file",
    guarantee: "process",

    read: async (key) => load().get(key)?.[0] ?? null,

    async swap(key, expected, next, due) {
      const entries = load();
      if ((entries.get(key)?.[0] ?? null) !== expected) return false;
      if (next === null) entries.delete(key);
      else entries.set(key, [next, due ?? null]);
      save(entries);
      return true;
    },

    async due(before, { limit, cursor }) {
      const after: [due: number, key: string] = cursor ? JSON.parse(cursor) : [Number.NEGATIVE_INFINITY, ""];
      const queue = [...load()].flatMap(([key, [, due]]) => (due === null || due > before ? [] : [{ key, due }]));
      const isLater = (one: { key: string; due: number }): boolean =>
        one.due > after[0] || (one.due === after[0] && one.key > after[1]);
      const rest = queue.filter(isLater).sort((a, b) => a.due - b.due || (a.key < b.key ? -1 : 1));
      const entries = rest.slice(0, limit);
      const last = entries.at(-1);
      return { entries, cursor: last && rest.length > limit ? JSON.stringify([last.due, last.key]) : null };
    },

    async *keys(prefix) {
      for (const key of load().keys()) if (key.startsWith(prefix)) yield key;
    },

    hasItem: (key) => load().has(key),
    getItem: (key) => load().get(key)?.[0] ?? null,
    getKeys: () => [...load().keys()],
    dispose: async () => undefined,
  };
}
