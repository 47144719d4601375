import type { ClientStorage } from "./types.ts";

/** The storage of a page, or memory: a server or a worker has none that belongs to one visitor. */
export function defaultStorage(): ClientStorage {
  try {
    if (typeof document === "object") return localStorage;
  } catch {
    // the browser blocks it for this page
  }
  const texts = new Map<string, string>();
  return {
    getItem: (key) => texts.get(key) ?? null,
    setItem: (key, value) => texts.set(key, value),
    removeItem: (key) => texts.delete(key),
  };
}
