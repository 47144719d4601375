/** What few accounts carry. Times are in milliseconds since the epoch. */
import { areIdentities, type Identity } from "./identity.ts";

/** That an account must not be deleted. */
export interface Hold {
  since: number;
  reason?: string;
}

/** That an account was collected: it is of no use, and goes for good at `until`. */
export interface Quarantine {
  since: number;
  until: number;
}

/** That the owner of an account was warned of its end: `lastActive` says for which time of inactivity. */
export interface Warning {
  at: number;
  lastActive: number;
}

/** That a guest is being merged into an account; it is a guest as before. */
export interface Merging {
  id: string;
  into: string;
  strategy: string;
  /** The guest's session that proved it. */
  sid: string;
  /** The account's. */
  accountSid: string;
  /** The account's fingerprint then: it is another one when something else protects it. */
  key: string;
  since: number;
}

/** That a guest was merged into an account: its id is that one's until `until`. */
export interface Merged {
  id: string;
  into: string;
  strategy: string;
  at: number;
  until: number;
  /** The session that proved it: its token is exchanged once, if the account's own proof still holds then. */
  sid: string;
  accountSid: string;
  key: string;
  /** Whether it was. */
  exchanged?: true;
  /** Whether the account does not have yet what was the guest's. */
  pending: boolean;
}

/** A merge that an account knows of: what it does not have any more, it was given, or was given up. */
export interface Incoming {
  id: string;
  from: string;
}

/** Beside what every account has. An account with any of it is written with the second version of the schema. */
export interface Marks {
  hold?: Hold;
  quarantine?: Quarantine;
  warning?: Warning;
  /** Who its owner is elsewhere. */
  identities?: Identity[];
  merging?: Merging;
  merged?: Merged;
  incoming?: Incoming[];
}

/** How each is recognised in what was stored; what has not its shape is damage. */
const SHAPES: { [Name in keyof Required<Marks>]: (stored: NonNullable<Marks[Name]>) => boolean } = {
  hold: ({ since, reason }) => isTime(since) && (reason === undefined || isText(reason)),
  quarantine: ({ since, until }) => isTime(since) && isTime(until),
  warning: ({ at, lastActive }) => isTime(at) && isTime(lastActive),
  identities: areIdentities,
  merging: ({ since, ...texts }) => areTexts(texts) && isTime(since),
  merged: ({ at, until, pending, ...texts }) =>
    areTexts(texts) && isTime(at) && isTime(until) && typeof pending === "boolean",
  incoming: (list) => Array.isArray(list) && list.every((one) => isText(one?.id) && isText(one.from)),
};
const NAMES = Object.keys(SHAPES) as (keyof Marks)[];

/** Whether there is any. */
export function hasOptionalState(marks: Marks): boolean {
  return NAMES.some((name) => marks[name] !== undefined);
}

/** The marks in what was stored, if they have their shape. */
export function readOptionalState(stored: Marks): Marks | null {
  const marks: Record<string, unknown> = {};
  for (const name of NAMES) {
    const mark = stored[name];
    if (mark === undefined) continue;
    if (typeof mark !== "object" || mark === null || !SHAPES[name](mark as never)) return null;
    marks[name] = mark;
  }
  return marks;
}

/** Whether it is known which merge it is, of whom, and on what it rests. */
function areTexts({ id, into, strategy, sid, accountSid, key }: Omit<Merging, "since">): boolean {
  return [id, into, strategy, sid, accountSid, key].every(isText);
}

function isTime(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}
