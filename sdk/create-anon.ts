/** Puts the parts together. */
import { adapt } from "../storage-drivers/adapter.ts";
import { authorize, can } from "./account/capabilities.ts";
import type { Anon } from "./contract/anon.ts";
import type { AnonAdmin } from "./contract/calls/admin.ts";
import type { CapabilityOptions } from "./contract/capabilities.ts";
import type { AnonOptions, CapabilityOf, Collections } from "./contract/options.ts";
import type { AccountRef, TokenClaims } from "./contract/records.ts";
import { createEngine, type Engine } from "./engine.ts";
import { AnonError } from "./errors.ts";
import { environmentStorage, secretOf, storageOf } from "./host/server.ts";
import { handleApi, handleRequest, isApiRequest } from "./http/api/handler.ts";
import { addressWarning } from "./http/client-address.ts";
import { senderOf } from "./http/credentials.ts";
import { currentRequest, leaveRequest, runInRequest } from "./http/current-request.ts";
import type { HttpEngine } from "./http/http-engine.ts";
import { headOf } from "./http/request-head.ts";
import { createVisitors } from "./http/visitors.ts";
import { authenticate } from "./operations/authenticate.ts";
import { changeEmail } from "./operations/change-email.ts";
import { changePassword } from "./operations/change-password.ts";
import { confirmConversion } from "./operations/confirm-conversion.ts";
import { convert } from "./operations/convert.ts";
import { createTransferCode } from "./operations/create-transfer-code.ts";
import { createUser } from "./operations/create-user.ts";
import { deleteByRef } from "./operations/delete.ts";
import { deleteAccount } from "./operations/delete-account.ts";
import { doctor } from "./operations/doctor.ts";
import { endSession } from "./operations/end-session.ts";
import { exportAccount } from "./operations/export-account.ts";
import { exportAccounts } from "./operations/export-accounts.ts";
import { findByEmail } from "./operations/find-by-email.ts";
import { findByUsername } from "./operations/find-by-username.ts";
import { gc } from "./operations/gc.ts";
import { get } from "./operations/get.ts";
import { hold } from "./operations/hold.ts";
import { importAccount } from "./operations/import-account.ts";
import { inspect } from "./operations/inspect.ts";
import { issueServiceToken } from "./operations/issue-service-token.ts";
import { link } from "./operations/link.ts";
import { list } from "./operations/list.ts";
import { listSessions } from "./operations/list-sessions.ts";
import { merge } from "./operations/merge.ts";
import { refresh } from "./operations/refresh.ts";
import { register } from "./operations/register.ts";
import { release } from "./operations/release.ts";
import { requestConversion } from "./operations/request-conversion.ts";
import { requestEmailChange } from "./operations/request-email-change.ts";
import { requestPasswordReset } from "./operations/request-password-reset.ts";
import { requestVerification } from "./operations/request-verification.ts";
import { resetPassword } from "./operations/reset-password.ts";
import { restore } from "./operations/restore.ts";
import { scheduleGc } from "./operations/schedule-gc.ts";
import { signInAnonymously } from "./operations/sign-in-anonymously.ts";
import { signInWithIdentity } from "./operations/sign-in-with-identity.ts";
import { signInWithPassword } from "./operations/sign-in-with-password.ts";
import { signInWithToken } from "./operations/sign-in-with-token.ts";
import { signInWithTransferCode } from "./operations/sign-in-with-transfer-code.ts";
import { signOut } from "./operations/sign-out.ts";
import { stats } from "./operations/stats.ts";
import { unlink } from "./operations/unlink.ts";
import { update } from "./operations/update.ts";
import { verifyEmail } from "./operations/verify-email.ts";
import { verifyToken } from "./operations/verify-token.ts";
import { apiSettings } from "./settings/api.ts";
import { SHARED_KEYS } from "./settings/collections.ts";
import { cookieSettings } from "./settings/cookie.ts";
import { limitSettings } from "./settings/limits.ts";
import { checkKeys } from "./settings/options.ts";
import { proxySettings } from "./settings/proxy.ts";
import { type DriverHandle, handleOf } from "./storage/driver-handle.ts";

const OPTIONS: Record<keyof AnonOptions, true> = {
  storage: true,
  drivers: true,
  secret: true,
  serviceTokens: true,
  collections: true,
  ...SHARED_KEYS,
  limits: true,
  hooks: true,
  onEvent: true,
  onError: true,
  trustedProxy: true,
  cookie: true,
  api: true,
  sendMail: true,
  now: true,
};

/**
 * Anonymous accounts over one storage.
 *
 * @returns the calls; each can be used on its own, because none needs `this`
 * @throws {AnonError} `invalid_options`, `invalid_secret`, `invalid_collection` or `invalid_duration`
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import memory from "anon-accounts/drivers/memory";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const { token, record } = await anon.signInAnonymously();
 * const visitor = await anon.authenticate(token);
 * console.assert(visitor?.record.id === record.id && record.anonymous);
 * ```
 */
export function createAnon<
  const C extends Collections = Collections,
  const G extends CapabilityOptions = CapabilityOptions,
>(options: AnonOptions<C, G>): Anon<C, CapabilityOf<C, G>> {
  checkKeys<AnonOptions>("", OPTIONS, (options ?? {}) as AnonOptions);
  const storage = openStorage(options ?? {});
  const engine = createEngine({ ...options, secret: secretOf(options.secret) }, storage, leaveRequest);
  const http: HttpEngine = {
    engine,
    cookie: cookieSettings(options.cookie ?? undefined),
    api: apiSettings(options.api ?? undefined),
    proxy: proxySettings(options.trustedProxy),
    warnNoAddress: addressWarning(limitSettings(options.limits ?? undefined)),
    sendMail: options.sendMail,
  };
  const visitors = createVisitors(http);
  const admin: AnonAdmin = {
    createUser: (input) => createUser(engine, input ?? undefined),
    get: (ref) => get(engine, ref),
    findByEmail: (email, input) => findByEmail(engine, email, input ?? undefined),
    findByUsername: (username, input) => findByUsername(engine, username, input ?? undefined),
    list: (input) => list(engine, input ?? undefined),
    update: (ref, data) => update(engine, named(ref), data),
    delete: (ref, input) => deleteByRef(engine, ref, input ?? undefined),
    convert: (ref, input) => convert(engine, named(ref), input),
    convertWithIdentity: (ref, identity, input) =>
      convert(engine, named(ref), input ?? {}, undefined, { vouched: { identity } }),
    link: (ref, identity) => link(engine, named(ref), identity),
    unlink: (ref, identity) => unlink(engine, named(ref), identity),
    listSessions: (ref) => listSessions(engine, named(ref)),
    endSession: (ref, session) => endSession(engine, named(ref), session),
    exportAccount: (ref) => exportAccount(engine, named(ref)),
    exportAccounts: (input) => exportAccounts(engine, input ?? undefined),
    importAccount: (account, input) => importAccount(engine, account, input ?? undefined),
    hold: (ref, input) => hold(engine, ref, { reason: input?.reason }),
    release: (ref) => release(engine, ref),
    restore: (ref) => restore(engine, ref),
    inspect: (ref) => inspect(engine, ref),
    gc: (input) => gc(engine, input ?? undefined),
    scheduleGc: (input) => scheduleGc(engine, input),
    doctor: (input) => doctor(engine, input ?? undefined),
    stats: (input) => stats(engine, input ?? undefined),
  };
  const anon: Anon = {
    admin,
    signInAnonymously: (input) => signInAnonymously(engine, input ?? undefined),
    register: (input) => register(engine, input ?? ({} as typeof input)),
    signInWithPassword: (identity, password, input) =>
      signInWithPassword(engine, identity, password, input ?? undefined),
    signInWithToken: async (token) => {
      const context = currentRequest();
      if (!context || !visitors.includes(context)) return signInWithToken(engine, token);
      return context.signInWithToken(token).catch((error: AnonError) => {
        // after the response there is no browser to sign in
        if (error.code === "response_sent") return signInWithToken(engine, token);
        throw error;
      });
    },
    authenticate: async (credentials) => {
      if (typeof credentials === "string") return authenticate(engine, credentials);
      // an application without types may pass no request
      for (const { token, claims } of credentials?.headers ? senderOf(http, headOf(credentials)).candidates : []) {
        const authenticated = await authenticate(engine, token, claims);
        if (authenticated) return authenticated;
      }
      return null;
    },
    verifyToken: (token) => verifyToken(engine, token),
    issueServiceToken: (token, input) => issueServiceToken(engine, token, input),
    refresh: (token) => refresh(engine, token),
    signOut: (token, input) => signOut(engine, token, input ?? undefined),
    listSessions: (token) => listSessions(engine, proof(token)),
    endSession: (token, session) => endSession(engine, proof(token), session),
    exportAccount: (token) => exportAccount(engine, proof(token)),
    update: (token, data) => update(engine, proof(token), data),
    deleteAccount: (token) => deleteAccount(engine, token),
    signInWithIdentity: (identity, input) => signInWithIdentity(engine, identity, signedIn(engine, input)),
    convertWithIdentity: (token, identity, input) =>
      convert(engine, proof(token), input ?? {}, undefined, { vouched: { identity } }),
    link: (token, identity) => link(engine, proof(token), identity),
    unlink: (token, identity) => unlink(engine, proof(token), identity),
    createTransferCode: (token, input) => createTransferCode(engine, token, input ?? undefined),
    signInWithTransferCode: (code, input) => signInWithTransferCode(engine, code, input ?? undefined),
    convert: (token, input) => convert(engine, proof(token), input),
    requestConversion: async (token, input) => (await requestConversion(engine, token, input))?.() ?? null,
    confirmConversion: (code, input) => confirmConversion(engine, code, signedIn(engine, input)),
    merge: (input) => merge(engine, input),
    changePassword: (token, input) => changePassword(engine, token, input ?? ({} as typeof input)),
    requestPasswordReset: async (email, input) =>
      (await requestPasswordReset(engine, email, input ?? undefined))?.() ?? null,
    resetPassword: (code, input) => resetPassword(engine, code, signedIn(engine, input)),
    requestVerification: async (email, input) =>
      (await requestVerification(engine, email, input ?? undefined))?.() ?? null,
    verifyEmail: (code, input) => verifyEmail(engine, code, signedIn(engine, input)),
    requestEmailChange: async (token, input) => (await requestEmailChange(engine, token, input))?.() ?? null,
    changeEmail: (code, input) => changeEmail(engine, code, signedIn(engine, input)),
    run(request, handler, platform) {
      try {
        const context = visitors.ofRequest(request, platform ?? undefined);
        const responding = runInRequest(context, () => handler(context));
        return Promise.resolve(responding).then(context.respond);
      } catch (error) {
        return Promise.reject(error);
      }
    },
    auth: async () => visitors.current("anon.auth").auth(),
    visitor: (source) => (source ? visitors.ofSource(source) : visitors.current("anon.visitor")),
    handler: (request, platform) => handleRequest(http, request, platform ?? {}),
    handleApi: (message) => handleApi(http, message),
    isApiRequest: (request) => isApiRequest(http, request),
    context: async (request, platform) => visitors.ofRequest(request, platform ?? undefined),
    can: (holder, capability) => can(engine.settings, holder, capability),
    authorize: (holder, capability) => authorize(engine.settings, holder, capability),
    hooks: engine.hooks.registry,
    dispose: () => engine.store.dispose(),
  };
  // operations do not know the fields of a collection; only its types do
  return anon as unknown as Anon<C, CapabilityOf<C, G>>;
}

/** A string is an id here, and never a token. */
function named(ref: string | AccountRef): AccountRef {
  return typeof ref === "string" ? { id: ref } : ref;
}

/** An application without types may pass something else, which is no valid token. */
function proof(token: string): string {
  return typeof token === "string" ? token : "";
}

/** Options with the claims of their `token`. */
function signedIn<T extends { token?: string }>(
  engine: Engine,
  options: T | undefined,
): Omit<T, "token"> & { signedIn: readonly TokenClaims[] } {
  const { token, ...rest } = options ?? ({} as T);
  const claims = token === undefined ? null : verifyToken(engine, token);
  return { ...rest, signedIn: claims ? [claims] : [] };
}

/** A driver, or one to open by its URL. A storage that the adapter refuses is an invalid option. */
function openStorage({ storage = environmentStorage(), drivers }: AnonOptions): DriverHandle {
  if (typeof storage === "string") return storageOf(storage, drivers);
  if (typeof storage !== "object" || storage === null) {
    const advice = 'pass a driver, for example memory(), or a URL such as "fs:.anon", or set ANON_STORAGE';
    throw new AnonError("invalid_options", `Cannot work without \`storage\`: ${advice}`);
  }
  try {
    return handleOf(adapt(storage));
  } catch (cause) {
    throw new AnonError("invalid_options", cause instanceof Error ? cause.message : "Cannot use this `storage`", {
      cause,
    });
  }
}
