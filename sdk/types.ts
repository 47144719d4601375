/**
 * Every type of the package, for programs that name more of them than `anon-accounts` exports.
 *
 * @module
 */

export type { AnonConfig } from "./config.ts";
export type { Anon } from "./contract/anon.ts";
export type { AnonAccounts } from "./contract/calls/accounts.ts";
export type { AnonAdmin } from "./contract/calls/admin.ts";
export type { AnonCapabilities } from "./contract/calls/capabilities.ts";
export type { AnonCredentials } from "./contract/calls/credentials.ts";
export type { AnonIdentities } from "./contract/calls/identities.ts";
export type { AnonRequests } from "./contract/calls/requests.ts";
export type { AnonSelf } from "./contract/calls/self.ts";
export type { AnonSessions } from "./contract/calls/sessions.ts";
export type { AnonymousOptions, CapabilityHolder, CapabilityOptions, Grants } from "./contract/capabilities.ts";
export type {
  AnonEvent,
  AnonHooks,
  Converted,
  Converting,
  Created,
  DeletedBy,
  Deletion,
  EndedSessions,
  Expiry,
  HookAnswer,
  HookFailure,
  HookOptions,
  HookPayload,
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
} from "./contract/hooks.ts";
export type {
  ApiMessage,
  ApiOptions,
  ApiResponse,
  CookieOptions,
  Platform,
  RequestOptions,
  TrustedProxy,
} from "./contract/http.ts";
export type { IdentityInfo, IdentityInput } from "./contract/identities.ts";
export type {
  ExportOptions,
  ImportedAccount,
  ImportedIdentity,
  ImportOptions,
  ImportResult,
} from "./contract/import.ts";
export type { Client, Creation, LimitOptions, Rate } from "./contract/limits.ts";
export type { MergeInput, MergeOptions, MergeStrategy } from "./contract/merge.ts";
export type {
  AnonOptions,
  AnyFieldsOf,
  CapabilityOf,
  CollectionOptions,
  Collections,
  DefaultName,
  FieldsOf,
  InputOf,
  NamedFieldsOf,
  NameOf,
} from "./contract/options.ts";
export type {
  AccountExport,
  AccountFilter,
  AccountRef,
  AnonRecord,
  AuthData,
  Authenticated,
  BaseRecord,
  ConvertInput,
  ConvertOptions,
  CreatedUser,
  Duration,
  ListOptions,
  ListOrder,
  Mail,
  OwnFields,
  SessionInfo,
  TokenClaims,
  TransferCode,
} from "./contract/records.ts";
export type { GuardOptions, RequestContext, SignInOptions, Visitor } from "./contract/requests.ts";
export type {
  AccountStatus,
  DoctorOptions,
  DoctorReport,
  GcOptions,
  GcReport,
  KeptIds,
  RetentionOptions,
  ScheduledGcRun,
  ScheduleGcOptions,
} from "./contract/retention.ts";
export type {
  IssueServiceTokenOptions,
  ServiceKey,
  ServiceToken,
  ServiceTokenClaims,
  ServiceTokenOptions,
} from "./contract/service-tokens.ts";
export type { AgeCounts, CollectionStats, QueueStats, Stats, StatsOptions, StatsProgress } from "./contract/stats.ts";
export type { CookieAttributes, CookieStore, HeaderReader, HeaderWriter, VisitorSource } from "./contract/visitor.ts";
export type { AnonErrorCode, FieldIssue } from "./errors.ts";
export type {
  AnyStorage,
  AtomicDriver,
  Counter,
  DueDeleted,
  DueDeletion,
  DueEntry,
  DuePage,
  Guarantee,
  KeyValueDriver,
  KeyValueStorage,
  SecretFile,
  SwapOptions,
} from "./storage/port.ts";
