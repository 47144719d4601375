/** What the SDK is to be compared with: accounts in plain memory, by the rules that are documented. Knows no SDK code. */
import type { AnonErrorCode } from "../../../sdk/errors.ts";
import type { AnonRecord, OwnFields } from "../../../sdk/types.ts";

/** The settings under test, in milliseconds. */
export interface Rules {
  sessionTtl: number;
  activityResolution: number;
  maxSessions: number;
  retention: number;
  /** 0: what is collected is deleted. */
  quarantine: number;
  /** 0: nobody is warned. */
  warning: number;
  /** Infinite: guests live as long as they are used. */
  lifetime: number;
  /** A field with this value keeps an account. */
  keep?: number;
}

export interface ModelSession {
  /** Chosen by the real thing, and noted when it answered. */
  sid: string;
  created: number;
  expires: number;
}

export interface ModelIdentity {
  provider: string;
  subject: string;
  email?: string;
  linked: number;
}

export interface ModelAccount {
  id: string;
  anonymous: boolean;
  verified: boolean;
  email: string;
  username: string;
  /** `null`: nobody knows it. */
  password: string | null;
  /** Whether a person chose it. */
  chosen: boolean;
  sessions: ModelSession[];
  identities: ModelIdentity[];
  created: number;
  updated: number;
  lastActive: number;
  data: OwnFields;
  hold: { since: number; reason?: string } | null;
  quarantine: { since: number; until: number } | null;
  warned: number | null;
  /** When gc looks at it; `null`: never. */
  due: number | null;
}

/** A token that was answered at some time, good or not any more. */
export interface ModelToken {
  text: string;
  id: string;
  sid: string;
  /** In seconds. */
  exp: number;
}

export interface ModelCode {
  text: string;
  id: string;
  sid: string;
  expires: number;
  used: boolean;
}

/** How the model refuses. */
export class Refusal {
  readonly code: AnonErrorCode;

  constructor(code: AnonErrorCode) {
    this.code = code;
  }
}

const NO_TOKEN: ModelToken = { text: "no.token.atall", id: "", sid: "", exp: 0 };
const NO_CODE: ModelCode = { text: "0000-0000-0000-0000", id: "", sid: "", expires: 0, used: true };
const NOBODY = "aaaaaaaaaaaaaaa";

/** Everything there is, and everything that was ever handed out. */
export class Model {
  now = 1_893_456_000_123;
  readonly rules: Rules;
  readonly accounts: Map<string, ModelAccount> = new Map();
  /** Every id there ever was. */
  readonly ids: string[] = [];
  readonly tokens: ModelToken[] = [];
  readonly codes: ModelCode[] = [];
  /** Whose end was told, and when it is. */
  readonly told: string[] = [];

  constructor(rules: Rules) {
    this.rules = rules;
  }

  /** What a command that counts back from the newest means; of nothing, something that never was. */
  token(back: number): ModelToken {
    return at(this.tokens, back) ?? NO_TOKEN;
  }

  code(back: number): ModelCode {
    return at(this.codes, back) ?? NO_CODE;
  }

  id(back: number): string {
    return at(this.ids, back) ?? NOBODY;
  }

  /** An account that is of use. */
  usable(id: string): ModelAccount | undefined {
    const account = this.accounts.get(id);
    return account?.quarantine ? undefined : account;
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

  /** Whose token it is and which session's. */
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

  /** One more session; of too many the one goes that was used the longest time ago. */
  begin(account: ModelAccount): ModelSession {
    const session = this.newSession(account);
    const living = account.sessions
      .filter(({ expires }) => expires > this.now)
      .sort((one, other) => one.expires - other.expires || one.created - other.created);
    account.sessions = [...living.slice(Math.max(0, living.length + 1 - this.rules.maxSessions)), session];
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
    return [...this.accounts.values()].find((one) => !one.quarantine && owns(one));
  }
}

/** What everybody sees of an account. */
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
