/** The model of the SDK: accounts in memory, by the documented rules. It uses no code of the SDK. */
import type { AnonRecord } from "../../../sdk/contract/records.ts";
import {
  type ModelAccount,
  type ModelCode,
  type ModelIdentity,
  type ModelMail,
  type ModelSession,
  type ModelStep,
  type ModelToken,
  Refusal,
  type Rules,
} from "./shapes.ts";

const NO_TOKEN: ModelToken = { text: "no.token.atall", id: "", sid: "", exp: 0 };
const NO_CODE: ModelCode = { text: "0000-0000-0000-0000", id: "", sid: "", passwords: 0, expires: 0, used: true };
const NO_MAIL: ModelMail = { text: "0000-0000-0000-0000", id: "", sid: "", email: "", passwords: 0, expires: 0 };
const UNKNOWN_ID = "aaaaaaaaaaaaaaa";

/** All accounts, and everything that was ever returned. */
export class Model {
  now = 1_893_456_000_123;
  readonly rules: Rules;
  readonly accounts: Map<string, ModelAccount> = new Map();
  /** Every id that was ever created. */
  readonly ids: string[] = [];
  readonly tokens: ModelToken[] = [];
  readonly codes: ModelCode[] = [];
  readonly mails: ModelMail[] = [];
  /** The calls of `beforeExpiry`: an id, and when the account ends. */
  readonly warnings: string[] = [];
  /** The application's data of each account. */
  readonly orders: Map<string, number[]> = new Map();
  /** Every call of the `merge` hook. */
  readonly steps: ModelStep[] = [];
  /** The finished merges. */
  readonly merges: [from: string, into: string][] = [];

  constructor(rules: Rules) {
    this.rules = rules;
  }

  /** Counts back from the newest token; an invalid one if there is none. */
  token(back: number): ModelToken {
    return at(this.tokens, back) ?? NO_TOKEN;
  }

  code(back: number): ModelCode {
    return at(this.codes, back) ?? NO_CODE;
  }

  mail(back: number): ModelMail {
    return at(this.mails, back) ?? NO_MAIL;
  }

  id(back: number): string {
    return at(this.ids, back) ?? UNKNOWN_ID;
  }

  /** The account, unless it is in quarantine or merged. */
  usable(id: string): ModelAccount | undefined {
    const account = this.accounts.get(id);
    return account?.quarantine || account?.merged ? undefined : account;
  }

  /** The account that an id leads to, which another account may have merged. */
  forwarded(id: string): ModelAccount | undefined {
    const merged = this.accounts.get(id)?.merged;
    return merged && merged.until > this.now ? this.usable(merged.into) : this.usable(id);
  }

  /**
   * Exchanges the token that proved a merged guest for a session of the account: once, within a minute, while the
   * account's own proof is valid and there is room for a session.
   */
  exchange(token: ModelToken): { account: ModelAccount; session: ModelSession } | null {
    const merged = this.isVerified(token) ? this.accounts.get(token.id)?.merged : null;
    if (merged?.sid !== token.sid || merged.exchanged) return null;
    if (this.now >= Math.min(merged.at + 60_000, merged.until)) return null;
    merged.exchanged = true;
    const account = this.usable(merged.into);
    const isProven = account && this.live(account, merged.accountSid) && account.passwords === merged.passwords;
    const valid = account?.sessions.filter(({ expires }) => expires > this.now) ?? [];
    if (!account || !isProven || valid.length >= this.rules.maxSessions) return null;
    const session = this.newSession(account);
    account.sessions = [...valid, session];
    this.touch(account);
    return { account, session };
  }

  end({ anonymous, created }: ModelAccount): number {
    const { lifetime } = this.rules;
    if (!anonymous || lifetime === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    return Math.floor((created + lifetime) / 1_000) * 1_000;
  }

  live(account: ModelAccount, sid: string): ModelSession | undefined {
    if (this.now >= this.end(account)) return undefined;
    return account.sessions.find((one) => one.sid === sid && one.expires > this.now);
  }

  isVerified({ exp }: ModelToken): boolean {
    return exp * 1_000 > this.now;
  }

  /** The account and the session of a valid token. */
  bearer(token: ModelToken): { account: ModelAccount; session: ModelSession } {
    const account = this.isVerified(token) ? this.usable(token.id) : undefined;
    const session = account && this.live(account, token.sid);
    if (!account || !session) throw new Refusal("invalid_token");
    return { account, session };
  }

  touch(account: ModelAccount): void {
    account.lastActive = this.now;
    account.warned = null;
    this.enqueue(account);
  }

  enqueue(account: ModelAccount): void {
    account.due = account.anonymous ? account.lastActive + this.rules.activityResolution : null;
  }

  /** Begins a session. Above the maximum the least recently used one ends. */
  begin(account: ModelAccount): ModelSession {
    const session = this.newSession(account);
    const valid = account.sessions
      .filter(({ expires }) => expires > this.now)
      .sort((one, other) => one.expires - other.expires || one.created - other.created);
    account.sessions = [...valid.slice(Math.max(0, valid.length + 1 - this.rules.maxSessions)), session];
    this.touch(account);
    return session;
  }

  newSession(account: ModelAccount): ModelSession {
    const expires = Math.min(this.now + this.rules.sessionTtl, this.end(account));
    return { sid: "", created: this.now, expires };
  }

  ownerOfEmail(email: string): ModelAccount | undefined {
    return this.owner((one) => one.email.toLowerCase() === email.toLowerCase());
  }

  ownerOfUsername(username: string): ModelAccount | undefined {
    return this.owner((one) => one.username.toLowerCase() === username.toLowerCase());
  }

  ownerOfIdentity({ provider, subject }: Pick<ModelIdentity, "provider" | "subject">): ModelAccount | undefined {
    return this.owner((one) => one.identities.some((own) => own.provider === provider && own.subject === subject));
  }

  private owner(owns: (account: ModelAccount) => boolean): ModelAccount | undefined {
    return [...this.accounts.values()].find((one) => this.usable(one.id) && owns(one));
  }
}

/** The public record of an account. */
export function recordOf(account: ModelAccount): AnonRecord {
  return {
    id: account.id,
    collectionName: "users",
    email: account.email,
    username: account.username,
    verified: account.verified,
    anonymous: account.anonymous,
    created: iso(account.created),
    updated: iso(account.updated),
    ...account.data,
  };
}

export function iso(time: number): string {
  return new Date(time).toISOString();
}

function at<T>(list: readonly T[], back: number): T | undefined {
  return list.length === 0 ? undefined : list[list.length - 1 - (back % list.length)];
}
