/**
 * Whether it is a promise of any kind. `instanceof Promise` does not know those of async functions where a library put its own
 * class in the place of `Promise` (zone.js).
 */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Partial<Promise<T>> | null)?.then === "function";
}
