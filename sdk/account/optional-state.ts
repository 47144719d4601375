/** Optional state of an account. Times are in milliseconds since the epoch. */
import { areIdentities, type Identity } from "./identity.ts";

/** The account must not be deleted. */
export interface Hold {
  readonly since: number;
  readonly reason?: string;
}

/** gc collected the account: it cannot be used, and is deleted at `until`. */
export interface Quarantine {
  readonly since: number;
  readonly until: number;
}

/** The owner was warned. `lastActive` is that of the account then, so later activity makes the warning void. */
export interface Warning {
  readonly at: number;
  readonly lastActive: number;
}

/** The guest is being merged into an account. Until that is committed it is a guest like any other. */
export interface Merging {
  readonly id: string;
  readonly into: string;
  readonly strategy: string;
  /** The session that proved the guest. */
  readonly sid: string;
  /** The session that proved the account. */
  readonly accountSid: string;
  /** The account's fingerprint then: its protection must not have changed. */
  readonly key: string;
  readonly since: number;
}

/**
 * The guest was merged into an account, for which its id stands until `until`. The token of session `sid` is exchanged
 * once, if the account's proof still holds then.
 */
export interface Merged extends Omit<Merging, "since"> {
  readonly at: number;
  readonly until: number;
  /** The token was exchanged. */
  readonly exchanged?: true;
  /** The account does not have the guest's fields yet. */
  readonly pending: boolean;
}

/** A merge into this account that is neither finished nor given up. */
export interface Incoming {
  readonly id: string;
  readonly from: string;
}

/** An account with any of these is written with the second version of the schema. */
export interface Marks {
  readonly hold?: Hold;
  readonly quarantine?: Quarantine;
  readonly warning?: Warning;
  readonly identities?: readonly Identity[];
  readonly merging?: Merging;
  readonly merged?: Merged;
  readonly incoming?: readonly Incoming[];
}

/** What each looks like when it is stored; anything else is damage. */
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

export function hasOptionalState(marks: Marks): boolean {
  return NAMES.some((name) => marks[name] !== undefined);
}

/** `null` when one does not have its shape. */
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

function areTexts({ id, into, strategy, sid, accountSid, key }: Omit<Merging, "since">): boolean {
  return [id, into, strategy, sid, accountSid, key].every(isText);
}

function isTime(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}
