import { authorize, can } from "../account/capabilities.ts";
import type { IdentityInput } from "../contract/identities.ts";
import type { MergeStrategy } from "../contract/merge.ts";
import type {
  AccountExport,
  AuthData,
  Authenticated,
  ConvertInput,
  ConvertOptions,
  Duration,
  SessionInfo,
  TransferCode,
} from "../contract/records.ts";
import type { RequestContext, SignInOptions, Visitor } from "../contract/requests.ts";
import type { IssueServiceTokenOptions, ServiceToken } from "../contract/service-tokens.ts";
import type { VisitorSource } from "../contract/visitor.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { isRefusal } from "../hooks/hooks.ts";
import { isIdempotencyKey } from "../idempotency/key.ts";
import { type Confirmation, confirmConversion } from "../operations/confirm-conversion.ts";
import { convert } from "../operations/convert.ts";
import { createTransferCode } from "../operations/create-transfer-code.ts";
import { deleteAccount } from "../operations/delete-account.ts";
import { endSession } from "../operations/end-session.ts";
import { exportAccount } from "../operations/export-account.ts";
import { serviceTokenIssuer } from "../operations/issue-service-token.ts";
import { listSessions } from "../operations/list-sessions.ts";
import { merge } from "../operations/merge.ts";
import { refresh } from "../operations/refresh.ts";
import { wasGuestReplaced } from "../operations/shared/was-guest-replaced.ts";
import { signInAnonymously } from "../operations/sign-in-anonymously.ts";
import { signInWithIdentity } from "../operations/sign-in-with-identity.ts";
import { signInWithPassword } from "../operations/sign-in-with-password.ts";
import { signInWithToken } from "../operations/sign-in-with-token.ts";
import { signInWithTransferCode } from "../operations/sign-in-with-transfer-code.ts";
import { isOf, RequestSession } from "./request-session.ts";
import { VISITOR_CALLS, type VisitorCall } from "./visitor-calls.ts";

/** The calls of one request, which its handler gets as its context. They change its session and its cookie. */
export class RequestActions extends RequestSession implements Omit<RequestContext, "request"> {
  signInAnonymously(options?: SignInOptions): Promise<AuthData> {
    return this.runExclusive("sign in", () => this.auth().then((present) => this.#signInAs(present, options ?? {})));
  }

  /** Not an async function: most sign-ins wait for the storage alone. */
  #signInAs(
    present: Authenticated | null,
    { collection, data, fresh = false, idempotencyKey: chosen }: SignInOptions,
  ): Promise<AuthData> | AuthData {
    const { engine, head, client } = this;
    if (present && !mayReplace(present, engine.settings.get(collection).name, fresh)) {
      return { token: present.token, record: present.record };
    }
    const begin = (): Promise<AuthData> => {
      // the key in the header is for the first request of a visitor, and not for one who wants another account
      const sent = fresh || present ? null : (head.headers.get("idempotency-key") ?? null);
      // some clients send a header of another form to every server: a page must not fail because of it
      const idempotencyKey = chosen ?? (isIdempotencyKey(sent) ? sent : undefined);
      // if the header has the token of this account, a cookie of another account stays
      const setsCookie = !present || !this.sender.cookies.some(({ claims }) => claims && !isOf(claims, present.record));
      return signInAnonymously(engine, { collection, data, idempotencyKey }, client).then((signedIn) =>
        this.setSession(signedIn, setsCookie),
      );
    };
    return !present && this.sender.candidates.length > 0 ? this.#refuseReplaced().then(begin) : begin();
  }

  /** A slow request of a browser that registered meanwhile must not replace the account with a new guest. */
  async #refuseReplaced(): Promise<void> {
    if (this.hasChanged) return;
    for (const { claims } of this.sender.candidates) {
      if (!claims || !(await wasGuestReplaced(this.engine, claims))) continue;
      throw new AnonError(
        "session_replaced",
        "Cannot sign in anonymously: another request just made this browser's guest a registered account, send this one again",
      );
    }
  }

  signInWithToken(token: string): Promise<AuthData> {
    return this.runExclusive("sign in", async () => this.setSession(await signInWithToken(this.engine, token), true));
  }

  signInWithPassword(identity: string, password: string, options?: { collection?: string }): Promise<AuthData> {
    return this.runExclusive("sign in", async () => {
      const { engine, client } = this;
      return this.setSession(await signInWithPassword(engine, identity, password, options ?? undefined, client), true);
    });
  }

  signInWithIdentity(identity: IdentityInput, options?: { collection?: string }): Promise<AuthData | null> {
    return this.runExclusive("sign in", async () => {
      const { engine, client, signedIn } = this;
      const data = await signInWithIdentity(engine, identity, { ...options, signedIn }, client);
      return data && this.setSession(data, true);
    });
  }

  /** Not exclusive, because it changes neither the session nor a cookie. */
  async createTransferCode(options?: { expiresIn?: Duration }): Promise<TransferCode> {
    const { token } = await this.#present("make a transfer code");
    return createTransferCode(this.engine, token, options ?? undefined);
  }

  /** Not exclusive, because it changes neither the session nor a cookie. */
  async issueServiceToken(options: IssueServiceTokenOptions): Promise<ServiceToken> {
    const issue = serviceTokenIssuer(this.engine, options);
    return issue(await this.#present("issue a service token"));
  }

  signInWithTransferCode(code: string, options?: { collection?: string }): Promise<AuthData> {
    return this.runExclusive("sign in", async () => {
      const { engine, client } = this;
      return this.setSession(await signInWithTransferCode(engine, code, options ?? undefined, client), true);
    });
  }

  refresh(): Promise<AuthData> {
    return this.runExclusive("refresh", async () => {
      const { token } = await this.#present("refresh");
      return this.setSession(await refresh(this.engine, token), false);
    });
  }

  convert(input: ConvertInput): Promise<AuthData> {
    return this.runExclusive("convert", async () => {
      const present = await this.auth();
      if (!present)
        throw new AnonError("invalid_token", "Cannot convert: no one is signed in, sign in anonymously first");
      return this.setSession(await convert(this.engine, present.token, input, this.client), false);
    });
  }

  convertWithIdentity(identity: IdentityInput, options?: ConvertOptions): Promise<AuthData> {
    return this.runExclusive("convert", async () => {
      const { engine, client } = this;
      const { token } = await this.#present("convert");
      return this.setSession(await convert(engine, token, options ?? {}, client, { vouched: { identity } }), false);
    });
  }

  merge(account: string, options?: { strategy?: MergeStrategy }): Promise<AuthData> {
    return this.runExclusive("merge", async () => {
      const { token: anonymous } = await this.#present("merge");
      return this.setSession(await merge(this.engine, { ...options, anonymous, account }), false);
    });
  }

  confirmConversion(code: string, input?: Confirmation): Promise<AuthData> {
    return this.runExclusive("convert", async () => {
      const { engine, client, signedIn } = this;
      const data = await confirmConversion(engine, code, { ...input, signedIn }, client);
      // if the header has a token, a cookie of another account stays
      return this.setSession(data, this.sender.from !== "header");
    });
  }

  async authorize(capability?: string): Promise<Authenticated> {
    const present = await this.auth();
    authorize(this.engine.settings, present?.record, capability);
    return present as Authenticated;
  }

  async can(capability: string): Promise<boolean> {
    const present = await this.auth();
    return can(this.engine.settings, present?.record, capability);
  }

  async listSessions(): Promise<SessionInfo[]> {
    const { token } = await this.#present("list the sessions");
    return listSessions(this.engine, token);
  }

  endSession(session: string): Promise<boolean> {
    return this.runExclusive("end a session", async () => {
      const { token, claims } = await this.#present("end a session");
      if (claims.sid !== session) return endSession(this.engine, token, session);
      // ending the current session also clears the cookie
      await this.clearSession(undefined);
      return true;
    });
  }

  async exportAccount(): Promise<AccountExport> {
    const { token } = await this.#present("export the account");
    return exportAccount(this.engine, token);
  }

  deleteAccount(): Promise<void> {
    return this.runExclusive("delete the account", async () => {
      const { token } = await this.#present("delete the account");
      await deleteAccount(this.engine, token);
      // the account and its sessions are gone; this deletes the cookie
      await this.clearSession({ everywhere: true });
    });
  }

  async #present(doing: string): Promise<Authenticated> {
    const present = await this.auth();
    if (present) return present;
    throw new AnonError("invalid_token", `Cannot ${doing}: no one is signed in`);
  }

  signOut(options?: { everywhere?: boolean }): Promise<void> {
    return this.runExclusive("sign out", () => this.clearSession(options ?? undefined));
  }
}

type Call = (...inputs: unknown[]) => Promise<unknown>;

type Source = Pick<VisitorSource, "request" | "onCall" | "onError">;

export interface BoundActions extends RequestContext {}

/**
 * The same calls as functions that need no `this`. They are made when they are read, because a request uses one or two
 * of them, and all together would be a third of what it leaves to the garbage collector.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the getters of all calls are defined below
export class BoundActions {
  readonly #actions: RequestActions;
  readonly #source: Source;

  constructor(actions: RequestActions, source: Source) {
    this.#actions = actions;
    this.#source = source;
  }

  static {
    for (const name of VISITOR_CALLS) {
      Object.defineProperty(BoundActions.prototype, name, {
        enumerable: true,
        get(this: BoundActions): Call {
          return this.#bound(name);
        },
      });
    }
  }

  /** Whether it is of a request that this engine serves. */
  static isOf(visitor: Visitor, engine: Engine): boolean {
    return #actions in visitor && visitor.#actions.engine === engine;
  }

  get request(): Request {
    return this.#source.request as Request;
  }

  get applyTo(): RequestContext["applyTo"] {
    return (headers) => this.#actions.applyTo(headers);
  }

  get respond(): RequestContext["respond"] {
    return (response) => this.#actions.respond(response);
  }

  #bound(name: VisitorCall): Call {
    const actions = this.#actions;
    const { onCall, onError } = this.#source;
    const call: Call = (...inputs) => (actions[name] as Call)(...inputs);
    if (!onCall && !onError) return call;
    return async (...inputs) => {
      try {
        onCall?.(name);
        return await call(...inputs);
      } catch (error) {
        if (error instanceof AnonError || isRefusal(error)) onError?.(error as Error);
        throw error;
      }
    };
  }
}

/** Whether a new guest may replace the current account: never a registered one. */
function mayReplace({ record }: Authenticated, collection: string, fresh: boolean): boolean {
  return record.anonymous && (fresh || record.collectionName !== collection);
}
