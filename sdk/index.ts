/**
 * Anonymous accounts for any JavaScript server.
 *
 * @module
 */
export { type AnonConfig, defineConfig } from "./config.ts";
export type { Anon } from "./contract/anon.ts";
export type { AnonAdmin } from "./contract/calls/admin.ts";
export type { AnonRequests } from "./contract/calls/requests.ts";
export type { AnonEvent, AnonHooks } from "./contract/hooks.ts";
export type { AnonOptions } from "./contract/options.ts";
export type { AccountRef, AnonRecord, AuthData, Authenticated, TokenClaims } from "./contract/records.ts";
export type { RequestContext, Visitor } from "./contract/requests.ts";
export type { DoctorReport, GcOptions, GcReport, ScheduledGcRun, ScheduleGcOptions } from "./contract/retention.ts";
export type { VisitorSource } from "./contract/visitor.ts";
export { createAnon } from "./create-anon.ts";
export { AnonError, type AnonErrorCode, type FieldIssue } from "./errors.ts";
export { parseDuration } from "./settings/duration.ts";
