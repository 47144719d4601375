/**
 * Copies of whole storages: for moving to another one.
 *
 * @module
 */
export { type CopyOptions, type CopyReport, copy } from "./copy.ts";
export type { FailedEntry } from "./entries.ts";
