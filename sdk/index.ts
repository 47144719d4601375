/**
 * Anonymous accounts for any JavaScript server.
 *
 * @module
 */
export { type AnonConfig, defineConfig } from "./config.ts";
export { createAnon } from "./create-anon.ts";
export { AnonError, type AnonErrorCode, type FieldIssue } from "./errors.ts";
export { parseDuration } from "./model/duration.ts";
export type { AtomicDriver, DueEntry, DuePage, Guarantee, SwapOptions } from "./storage/port.ts";
export type {
  AccountRef,
  Anon,
  AnonOptions,
  AnonRecord,
  AuthData,
  Authenticated,
  BaseRecord,
  CollectionOptions,
  Collections,
  ConvertInput,
  CreatedUser,
  DefaultName,
  Duration,
  FieldsOf,
  GcOptions,
  GcReport,
  InputOf,
  ListOptions,
  NameOf,
  OwnFields,
  TokenClaims,
} from "./types.ts";
