/** What few accounts carry. Times are in milliseconds since the epoch. */
import { areIdentities, type Identity } from "./identity.ts";

/** That an account must not be deleted, by anybody. */
export interface Hold {
  since: number;
  reason?: string;
}

/** That an account was collected: it is of no use, and goes for good at `until`. */
export interface Quarantine {
  since: number;
  until: number;
}

/** That the owner of an account was told that it is about to end: `lastActive` tells for which time of inactivity. */
export interface Warning {
  at: number;
  lastActive: number;
}

/** Beside what every account has. An account with any of it is written with the second version of the schema. */
export interface Marks {
  hold?: Hold;
  quarantine?: Quarantine;
  warning?: Warning;
  /** Who its owner is elsewhere. */
  identities?: Identity[];
}

/** Whether there is any. */
export function hasMarks({ hold, quarantine, warning, identities }: Marks): boolean {
  return hold !== undefined || quarantine !== undefined || warning !== undefined || identities !== undefined;
}

/** The marks in what was stored, if they have their shape. */
export function readMarks(stored: Marks): Marks | null {
  const { hold, quarantine, warning, identities } = stored;
  const fine =
    (hold === undefined || (isTime(hold?.since) && isText(hold.reason))) &&
    (quarantine === undefined || (isTime(quarantine?.since) && isTime(quarantine.until))) &&
    (warning === undefined || (isTime(warning?.at) && isTime(warning.lastActive))) &&
    (identities === undefined || areIdentities(identities));
  if (!fine) return null;
  return {
    ...(hold === undefined ? {} : { hold }),
    ...(quarantine === undefined ? {} : { quarantine }),
    ...(warning === undefined ? {} : { warning }),
    ...(identities === undefined ? {} : { identities }),
  };
}

function isTime(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value);
}

function isText(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}
