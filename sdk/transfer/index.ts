/**
 * Copies of whole storages: for moving to another one, and for backups.
 *
 * @module
 */
export { type CopyOptions, type CopyReport, copy } from "./copy.ts";
export { type DumpOptions, dump } from "./dump.ts";
export type { FailedEntry } from "./entries.ts";
export { type LoadOptions, type LoadReport, load } from "./load.ts";
export type { TransferReport } from "./report.ts";
