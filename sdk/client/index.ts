/**
 * A client of the HTTP API for browsers, React Native and workers, without dependencies.
 *
 * @module
 */
export { createAnonClient } from "./client.ts";
export { AnonClientError, type ClientErrorCode, type ClientIssue } from "./error.ts";
export type {
  AnonClient,
  ClientOptions,
  ClientRecord,
  ClientSettings,
  ClientStorage,
  CollectionOf,
  CollectionsOf,
  DefaultCollectionOf,
  Session,
  SessionStore,
} from "./types.ts";
