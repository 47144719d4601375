/** What may be done in a request, as the functions that its handler is given. */

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
import type { RequestContext, SignInOptions } from "../contract/requests.ts";
import { AnonError } from "../errors.ts";
import { isIdempotencyKey } from "../idempotency/key.ts";
import { type Confirmation, confirmConversion } from "../operations/confirm-conversion.ts";
import { convert } from "../operations/convert.ts";
import { createTransferCode } from "../operations/create-transfer-code.ts";
import { deleteAccount } from "../operations/delete-account.ts";
import { endSession } from "../operations/end-session.ts";
import { exportAccount } from "../operations/export-account.ts";
import { listSessions } from "../operations/list-sessions.ts";
import { merge } from "../operations/merge.ts";
import { refresh } from "../operations/refresh.ts";
import { wasReplaced } from "../operations/shared/was-replaced.ts";
import { signInAnonymously } from "../operations/sign-in-anonymously.ts";
import { signInWithIdentity } from "../operations/sign-in-with-identity.ts";
import { signInWithPassword } from "../operations/sign-in-with-password.ts";
import { signInWithToken } from "../operations/sign-in-with-token.ts";
import { signInWithTransferCode } from "../operations/sign-in-with-transfer-code.ts";
import { isOf, RequestSession } from "./request-session.ts";

/** A visit with what its visitor may do. */
export class RequestActions extends RequestSession implements RequestContext {
  signInAnonymously(options?: SignInOptions): Promise<AuthData> {
    return this.inTurn("sign in", async () => {
      const { engine, request, client } = this;
      const { collection, data, fresh = false, idempotencyKey: chosen }: SignInOptions = options ?? {};
      const present = await this.auth();
      if (present && !mayReplace(present, engine.settings.get(collection).name, fresh)) {
        return { token: present.token, record: present.record };
      }
      if (!present) await this.#refuseReplaced();
      // a visitor who wants another account is not new, and brings no key of a first visit
      const sent = fresh || present ? null : request.headers.get("idempotency-key");
      // a header of another form, which some clients send to every server, is no reason to refuse a page
      const idempotencyKey = chosen ?? (isIdempotencyKey(sent) ? sent : undefined);
      // a cookie of another account beside a header stays
      const gives = !present || !this.sender.kept.some(({ claims }) => claims && !isOf(claims, present.record));
      return this.become(await signInAnonymously(engine, { collection, data, idempotencyKey }, client), gives);
    });
  }

  /** A slow request of a browser that registered meanwhile must not put a new guest in the place of the account. */
  async #refuseReplaced(): Promise<void> {
    if (this.hasChanged) return;
    for (const { claims } of this.sender.candidates) {
      if (!claims || !(await wasReplaced(this.engine, claims))) continue;
      throw new AnonError(
        "session_replaced",
        "Cannot sign in anonymously: another request just made this browser's guest a registered account, send this one again",
      );
    }
  }

  signInWithToken(token: string): Promise<AuthData> {
    return this.inTurn("sign in", async () => this.become(await signInWithToken(this.engine, token), true));
  }

  signInWithPassword(identity: string, password: string, options?: { collection?: string }): Promise<AuthData> {
    return this.inTurn("sign in", async () => {
      const { engine, client } = this;
      return this.become(await signInWithPassword(engine, identity, password, options ?? undefined, client), true);
    });
  }

  signInWithIdentity(identity: IdentityInput, options?: { collection?: string }): Promise<AuthData | null> {
    return this.inTurn("sign in", async () => {
      const { engine, client, signedIn } = this;
      const data = await signInWithIdentity(engine, identity, { ...options, signedIn }, client);
      return data && this.become(data, true);
    });
  }

  /** Not in turn: it changes nothing about who this is, and no cookie. */
  async createTransferCode(options?: { expiresIn?: Duration }): Promise<TransferCode> {
    const present = await this.auth();
    if (!present) throw new AnonError("invalid_token", "Cannot make a transfer code: no one is signed in");
    return createTransferCode(this.engine, present.token, options ?? undefined);
  }

  signInWithTransferCode(code: string, options?: { collection?: string }): Promise<AuthData> {
    return this.inTurn("sign in", async () => {
      const { engine, client } = this;
      return this.become(await signInWithTransferCode(engine, code, options ?? undefined, client), true);
    });
  }

  refresh(): Promise<AuthData> {
    return this.inTurn("refresh", async () => {
      const { token } = await this.#present("refresh");
      return this.become(await refresh(this.engine, token), false);
    });
  }

  convert(input: ConvertInput): Promise<AuthData> {
    return this.inTurn("convert", async () => {
      const present = await this.auth();
      if (!present)
        throw new AnonError("invalid_token", "Cannot convert: no one is signed in, sign in anonymously first");
      return this.become(await convert(this.engine, present.token, input, this.client), false);
    });
  }

  convertWithIdentity(identity: IdentityInput, options?: ConvertOptions): Promise<AuthData> {
    return this.inTurn("convert", async () => {
      const { engine, client } = this;
      const { token } = await this.#present("convert");
      return this.become(await convert(engine, token, options ?? {}, client, { vouched: { identity } }), false);
    });
  }

  merge(account: string, options?: { strategy?: MergeStrategy }): Promise<AuthData> {
    return this.inTurn("merge", async () => {
      const { token: anonymous } = await this.#present("merge");
      return this.become(await merge(this.engine, { ...options, anonymous, account }), false);
    });
  }

  confirmConversion(code: string, input?: Confirmation): Promise<AuthData> {
    return this.inTurn("convert", async () => {
      const { engine, client, signedIn } = this;
      const data = await confirmConversion(engine, code, { ...input, signedIn }, client);
      // a request with a token of another account in its header keeps that account's cookie
      return this.become(data, this.sender.from !== "header");
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
    return this.inTurn("end a session", async () => {
      const { token, claims } = await this.#present("end a session");
      if (claims.sid !== session) return endSession(this.engine, token, session);
      // one's own goes with its cookie
      await this.leave(undefined);
      return true;
    });
  }

  async exportAccount(): Promise<AccountExport> {
    const { token } = await this.#present("export the account");
    return exportAccount(this.engine, token);
  }

  deleteAccount(): Promise<void> {
    return this.inTurn("delete the account", async () => {
      const { token } = await this.#present("delete the account");
      await deleteAccount(this.engine, token);
      // the sessions went with the account; this takes the cookie away
      await this.leave({ everywhere: true });
    });
  }

  async #present(doing: string): Promise<Authenticated> {
    const present = await this.auth();
    if (present) return present;
    throw new AnonError("invalid_token", `Cannot ${doing}: no one is signed in`);
  }

  signOut(options?: { everywhere?: boolean }): Promise<void> {
    return this.inTurn("sign out", () => this.leave(options ?? undefined));
  }
}

/** The same as functions that need no `this`. */
export function contextOf(visit: RequestActions): RequestContext {
  return {
    request: visit.request,
    auth: () => visit.auth(),
    signInAnonymously: (options) => visit.signInAnonymously(options),
    signInWithToken: (token) => visit.signInWithToken(token),
    signInWithPassword: (identity, password, options) => visit.signInWithPassword(identity, password, options),
    signInWithIdentity: (identity, options) => visit.signInWithIdentity(identity, options),
    createTransferCode: (options) => visit.createTransferCode(options),
    signInWithTransferCode: (code, options) => visit.signInWithTransferCode(code, options),
    refresh: () => visit.refresh(),
    convert: (input) => visit.convert(input),
    convertWithIdentity: (identity, options) => visit.convertWithIdentity(identity, options),
    merge: (account, options) => visit.merge(account, options),
    confirmConversion: (code, input) => visit.confirmConversion(code, input),
    authorize: (capability) => visit.authorize(capability),
    can: (capability) => visit.can(capability),
    listSessions: () => visit.listSessions(),
    endSession: (session) => visit.endSession(session),
    exportAccount: () => visit.exportAccount(),
    deleteAccount: () => visit.deleteAccount(),
    signOut: (options) => visit.signOut(options),
    respond: (response) => visit.respond(response),
  };
}

/** Whether a new guest may replace the current account: never a registered one. */
function mayReplace({ record }: Authenticated, collection: string, fresh: boolean): boolean {
  return record.anonymous && (fresh || record.collectionName !== collection);
}
