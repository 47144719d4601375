/**
 * Anonymous accounts for any JavaScript server.
 *
 * @module
 */
export type { Anon } from "./anon.ts";
export type { AnonAccounts } from "./anon-accounts.ts";
export type { AnonCapabilities } from "./anon-capabilities.ts";
export type { AnonIdentities } from "./anon-identities.ts";
export type { AnonRequests } from "./anon-requests.ts";
export type { AnonRetention } from "./anon-retention.ts";
export type { AnonSelf } from "./anon-self.ts";
export type { AnonSessions } from "./anon-sessions.ts";
export { type AnonConfig, defineConfig } from "./config.ts";
export { createAnon } from "./create-anon.ts";
export { AnonError, type AnonErrorCode, type FieldIssue } from "./errors.ts";
export type {
  AnonEvent,
  AnonHooks,
  Converted,
  Converting,
  Created,
  Deletion,
  EndedSessions,
  Expiry,
  HookAnswer,
  HookFailure,
  HookOptions,
  HookRegistry,
  Linking,
  MergeAttempt,
  MergeDone,
  MergeStep,
  Quarantined,
  Restored,
  SessionEnd,
  SignedIn,
  SignInMethod,
  SigningIn,
} from "./hooks/types.ts";
export type {
  ApiOptions,
  CookieOptions,
  GuardOptions,
  Platform,
  RequestContext,
  RequestOptions,
  SignInOptions,
  TrustedProxy,
} from "./http/types.ts";
export type { Creation, LimitOptions, Rate } from "./limits/types.ts";
export type { MergeInput, MergeOptions, MergeStrategy } from "./merging/types.ts";
export { parseDuration } from "./model/duration.ts";
export type { IdentityInput } from "./model/identity.ts";
export type { AnonymousOptions, CapabilityHolder, CapabilityOptions, Grants } from "./policy/types.ts";
export type { AtomicDriver, Counter, DueEntry, DuePage, Guarantee, SwapOptions } from "./storage/port.ts";
export type {
  AccountExport,
  AccountRef,
  AccountStatus,
  AnonOptions,
  AnonRecord,
  AuthData,
  Authenticated,
  BaseRecord,
  CollectionOptions,
  Collections,
  ConvertInput,
  ConvertOptions,
  CreatedUser,
  DefaultName,
  DoctorOptions,
  DoctorReport,
  Duration,
  FieldsOf,
  GcOptions,
  GcReport,
  IdentityInfo,
  InputOf,
  ListOptions,
  Mail,
  NameOf,
  OwnFields,
  RetentionOptions,
  SessionInfo,
  TokenClaims,
  TransferCode,
} from "./types.ts";
