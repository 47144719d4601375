/** Deleting what is due where it is: nothing but numbers leaves the server. */
import type { Buffer } from "node:buffer";
import type { DueDeleted, DueDeletion } from "../../sdk/storage/port.ts";
import { DriverError } from "../shared/driver-error.ts";
import { checkPage } from "../shared/due-page.ts";
import type { Connection } from "./connection.ts";
import { type Script, score, script } from "./scripts.ts";
import type { Layout } from "./shards.ts";

/** At most so many of a queue in one step. */
const MAX_ITEMS = 256;

/** So many queues share a call where slots do not matter: the server is blocked for about as long as by a batch of swaps. */
const QUEUES_A_CALL = 4;

/** Of each queue in KEYS the time of the entry at the rank in ARGV, empty when there are not so many. */
const PEEK: Script = script(`
local out = {}
for i, queue in ipairs(KEYS) do out[i] = redis.call('ZRANGE', queue, ARGV[i], ARGV[i], 'WITHSCORES')[2] or '' end
return out
`);

/**
 * Deletes of each queue in KEYS what is due. ARGV: until when, how many of each queue, what values begin with, how many
 * beginnings of keys, these, then how many entries of each queue to pass over. Answers of each queue how many were
 * deleted, how many were left, whether there are more behind them, and what PEEK would answer for the next step.
 *
 * The names of the values are made of the queue's entries and not in KEYS: naming them would cost more than all the
 * rest. They are in the queue's slot, which is what a cluster asks for, and so does every other server of Redis or
 * Valkey; one that refuses is served by reads and swaps. A part of each value is read, since it may be large. What is
 * called for every entry is given as strings: to print a number costs as much as to find a key.
 */
const SWEEP: Script = script(`
local before, most, beginning, kinds = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local call, sub, first, last = redis.call, string.sub, '0', tostring(#beginning - 1)
local keys, lengths, out = {}, {}, {}
for k = 1, kinds do keys[k], lengths[k] = ARGV[4 + k], #ARGV[4 + k] end
for q, queue in ipairs(KEYS) do
  local skip = tonumber(ARGV[4 + kinds + q])
  local due = call('ZCOUNT', queue, '-inf', before) - skip
  local count = math.max(0, math.min(most, due))
  local prefix = sub(queue, 1, -4) .. ':'
  local names, members, n = {}, {}, 0
  local page = count > 0 and call('ZRANGE', queue, skip, skip + count - 1) or {}
  for i = 1, #page do
    local member = page[i]
    for k = 1, kinds do
      if sub(member, 1, lengths[k]) == keys[k] then
        local name = prefix .. member
        if call('GETRANGE', name, first, last) == beginning then
          n = n + 1
          names[n], members[n] = name, member
        end
        break
      end
    end
  end
  if n > 0 then
    call('UNLINK', unpack(names))
    if n == count then
      call('ZREMRANGEBYRANK', queue, skip, skip + count - 1)
    else
      call('ZREM', queue, unpack(members))
    end
  end
  local rank = skip + count - n + most - 1
  out[q] = { n, count - n, due > count and 1 or 0, call('ZRANGE', queue, rank, rank, 'WITHSCORES')[2] or '' }
end
return out
`);

/** One step of `deleteDue`. */
export async function sweepDue(
  connection: Connection,
  layout: Layout,
  before: number,
  { limit, keys, beginning, cursor }: DueDeletion,
): Promise<DueDeleted> {
  checkPage(before, limit);
  const from = parsePosition(cursor, layout);
  const { skips } = from;
  const most = Math.min(MAX_ITEMS, Math.floor(limit / layout.queues.length));
  // too few to give every queue its share
  if (most === 0) return { deleted: 0, cursor: null };
  await connection.open();
  let times: unknown[] | null = from.most === most ? [from.horizon] : null;
  times ??= await inGroups(connection, layout, layout.queues.length, PEEK, (shards) =>
    shards.map((shard) => (skips[shard] as number) + most - 1),
  );
  if (times === null) return { deleted: 0, cursor: null };
  const until = Math.min(before, horizonOf(times));
  const replies = await inGroups(connection, layout, QUEUES_A_CALL, SWEEP, (shards) => [
    ...[score(until), most, beginning, keys.length, ...keys],
    ...shards.map((shard) => skips[shard] as number),
  ]);
  if (replies === null) return { deleted: 0, cursor: null };
  let deleted = 0;
  let more = until < before;
  const next: unknown[] = [];
  for (const [shard, [gone, left, behind, time]] of (replies as [number, number, number, Buffer][]).entries()) {
    deleted += gone;
    skips[shard] = (skips[shard] as number) + left;
    more ||= behind === 1;
    next.push(time);
  }
  return { deleted, cursor: more ? `${most}:${horizonOf(next)}:${skips.join()}` : null };
}

/**
 * Until when no queue has more due than its share: what is older is older than all that is left, whatever the queue.
 * Of a queue that is shorter than that the time is empty.
 */
function horizonOf(times: unknown[]): number {
  return Math.min(...times.map((time) => (String(time) === "" ? Infinity : Number(time))));
}

/** The answers of a script for all queues, in order; `null` when the server refuses one. */
async function inGroups(
  connection: Connection,
  { queues }: Layout,
  size: number,
  what: Script,
  argsOf: (shards: number[]) => (string | number)[],
): Promise<unknown[] | null> {
  const shards = queues.map((_, shard) => shard);
  const step = connection.isCluster ? 1 : size;
  const groups = shards.filter((shard) => shard % step === 0).map((first) => shards.slice(first, first + step));
  const replies = await Promise.all(
    groups.map((group) =>
      connection.attempt(what, [group.length, ...group.map((shard) => queues[shard] as string), ...argsOf(group)]),
    ),
  );
  return replies.includes(undefined) ? null : replies.flatMap((reply) => reply as unknown[]);
}

/** Where a cursor goes on: behind so many entries of each queue, and for a share of `most` until `horizon`. */
interface Position {
  most: number;
  horizon: number;
  skips: number[];
}

function parsePosition(cursor: string | null | undefined, { queues }: Layout): Position {
  if (cursor === null || cursor === undefined) return { most: 0, horizon: 0, skips: queues.map(() => 0) };
  const [most = "", horizon = "", list = ""] = cursor.split(":");
  const skips = list.split(",").map(Number);
  const valid = skips.length === queues.length && skips.every((skip) => Number.isSafeInteger(skip) && skip >= 0);
  if (valid && !Number.isNaN(Number(horizon))) return { most: Number(most), horizon: Number(horizon), skips };
  throw new DriverError("invalid_option", "Cannot continue from this cursor: use one that deleteDue() answered");
}
