/** Turns what Redis and ioredis report into a DriverError whose message holds neither a value nor a password. */
import { DriverError, type DriverErrorCode } from "../shared/driver-error.ts";

const REPLIES: readonly (readonly [RegExp, DriverErrorCode, string])[] = [
  [/\b(NOAUTH|WRONGPASS|NOPERM)\b|invalid password/, "denied", "correct the user name, the password or their rights"],
  [/\bOOM\b/, "full", "give the server more memory"],
  [/\bWRONGTYPE\b/, "corrupt", "something else was written at this key"],
  [/\bMISCONF\b/, "unavailable", "it cannot save to its disk, make room there"],
  [/\bREADONLY\b/, "unavailable", "it is a replica, the next call looks for the master"],
  [
    /\bNOREPLICAS\b/,
    "unavailable",
    "too few replicas follow it (min-replicas-to-write), the next call looks for the master",
  ],
  [/DB index is out of range|SELECT is not allowed/, "invalid_option", "name a database that it has"],
  [/\b(MOVED|ASK|CROSSSLOT)\b/, "invalid_option", "the server belongs to a cluster, use redis+cluster:// or nodes"],
];

const MOVING = "a slot of the cluster is moving, or its nodes do not agree on who has the key, try again";

/** Messages in which ioredis speaks of itself, and what they mean for users of the driver. */
const LIBRARY: readonly (readonly [RegExp, string])[] = [
  [/^ParserError|Protocol error|Command queue state/, "what it sent is not the protocol of Redis"],
  [/All sentinels/, "no sentinel can be reached, or none knows the master"],
  [/None of startup nodes|Failed to refresh slots|^ClusterAllFailedError/, "no node of the cluster can be reached"],
  [/Too many Cluster redirections/, MOVING],
  [
    /Connection is closed|isn't (?:writeable|ready)|max retries|Command aborted|Socket timeout|is disconnect|^AbortError/,
    "the connection was lost",
  ],
];

/** The reason of an error: as the system or the server gave it, or in words of ours for one that ioredis made. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message } = error;
  if (name === "ReplyError" || typeof (error as { code?: unknown }).code === "string") return message;
  return LIBRARY.find(([pattern]) => pattern.test(`${name}: ${message}`))?.[1] ?? message;
}

/** The DriverError for a failed command. The original is left behind: ioredis attaches the arguments to it. */
export function toDriverError(error: unknown, where: string, reason?: string): DriverError {
  if (error instanceof DriverError) return error;
  const text = reasonOf(error).replace(/^Ready check failed: /, "");
  for (const [pattern, code, advice] of REPLIES) {
    const said = pattern.test(text)
      ? text
      : code === "denied" && reason !== undefined && pattern.test(reason) && reason;
    if (!said) continue;
    // only a refusal of rights says more than its first word does
    const what = code === "denied" ? said : pattern.exec(said)?.[0];
    return new DriverError(code, `Redis at ${where} refused: ${what}: ${advice}`);
  }
  const detail = reason !== undefined && isConnectionError(error) ? reason : text;
  return new DriverError("unavailable", `Cannot use Redis at ${where}: ${detail}`);
}

/** Whether the connection, not the server, failed the command. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  return (
    /^Connection is closed|^Reached the max retries|^Command aborted|^None of startup|^Failed to refresh|isn't writeable|^Cluster is/.test(
      error.message,
    ) ||
    (typeof code === "string" && (typeof syscall === "string" || /^E[A-Z]+$/.test(code)))
  );
}

/** Whether the server is no master, or none that may be trusted alone: another one may be the master now. */
export function isDemoted(error: Error): boolean {
  return /\b(READONLY|NOREPLICAS)\b/.test(error.message);
}

/** Whether it is the server's own answer, which nothing else can be mistaken for. */
export function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === "ReplyError";
}

/** Whether the server said that it did not execute the command, so that sending it once more is safe. */
export function wasNotExecuted(error: unknown): boolean {
  return error instanceof Error && /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|NOSCRIPT|LOADING) ?/.test(error.message);
}

/** Whether a cluster sent the command from one node to another as often as the client allows, and none executed it. */
export function wasRedirected(error: unknown): boolean {
  const last = /^Too many Cluster redirections\. Last error: \w+: (.*)$/s.exec((error as Error | null)?.message ?? "");
  return wasNotExecuted(last ? new Error(last[1]) : error);
}

/** Whether the keys of a command are on two nodes, because their slot is moving. */
export function isDivided(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("TRYAGAIN");
}

/** Why a command that no node executed was still on its way. */
export function delayOf({ message }: Error): string {
  return /^(MOVED|ASK|TRYAGAIN)/.test(message) ? MOVING : message;
}
