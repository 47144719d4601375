/** Deletes what is due where it is stored: nothing but numbers leaves the server. */
import type { Buffer } from "node:buffer";
import type { DueDeleted, DueDeletion } from "../../sdk/storage/port.ts";
import { DriverError } from "../shared/driver-error.ts";
import { checkDeletion } from "../shared/due-page.ts";
import type { Connection } from "./connection.ts";
import { type Argument, type Script, score, script } from "./scripts.ts";
import type { Layout } from "./shards.ts";

/** The most that one step examines. */
const STEP = 1_000;

/** So many queues share a call where slots do not matter: of half a step, which is a millisecond of the server's time. */
const QUEUES_A_CALL = 8;

/** The earliest of the entries at the ranks in ARGV, one of each queue in KEYS; `inf` when no queue is so long. */
const PEEK: Script = script(`
local horizon, soonest = math.huge, 'inf'
for i, queue in ipairs(KEYS) do
  local time = redis.call('ZRANGE', queue, ARGV[i], ARGV[i], 'WITHSCORES')[2]
  if time and tonumber(time) < horizon then horizon, soonest = tonumber(time), time end
end
return soonest
`);

/**
 * Deletes of each queue in KEYS what is due. ARGV: until when, how many of each queue, what values begin with, how many
 * beginnings of keys, these, then how many entries of each queue to pass over. Returns how many were deleted, whether
 * more are due, what PEEK would answer for the next step, and how many of each queue were left.
 *
 * The names of the values are made of the queue's entries and not in KEYS: naming them would cost more than all the
 * rest. They are in the queue's slot, which is what a cluster asks for, and so does every other server of Redis or
 * Valkey; one that refuses is served by reads and swaps. A part of each value is read, since it may be large. What is
 * called for every entry is given as strings: to print a number costs as much as to find a key.
 */
const SWEEP: Script = script(`
local before, most, beginning, kinds = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local call, look, sub, first, last = redis.call, redis.pcall, string.sub, '0', tostring(#beginning - 1)
local keys, lengths, left = {}, {}, {}
local deleted, more, horizon, soonest = 0, 0, math.huge, 'inf'
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
        if look('GETRANGE', name, first, last) == beginning then
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
  local next = call('ZRANGE', queue, rank, rank, 'WITHSCORES')[2]
  if next and tonumber(next) < horizon then horizon, soonest = tonumber(next), next end
  deleted = deleted + n
  if due > count then more = 1 end
  left[q] = count - n
end
return { deleted, more, soonest, left }
`);

/** One step of `deleteDue`. */
export async function sweepDue(
  connection: Connection,
  layout: Layout,
  before: number,
  what: DueDeletion,
): Promise<DueDeleted> {
  checkDeletion(before, what);
  const { limit, keys, beginning, cursor } = what;
  const from = parsePosition(cursor, layout);
  const { skips } = from;
  const most = Math.floor(Math.min(STEP, limit) / layout.queues.length);
  // too few to give every queue its share
  if (most === 0) return { deleted: 0, cursor: null };
  await connection.open();
  let { horizon } = from;
  if (from.most !== most) {
    const times = await inGroups(connection, layout, layout.queues.length, PEEK, (shards) =>
      shards.map((shard) => (skips[shard] as number) + most - 1),
    );
    if (times.includes(undefined)) return { deleted: 0, cursor: null };
    horizon = earliest(times);
  }
  const until = Math.min(before, horizon);
  const replies = await inGroups(connection, layout, QUEUES_A_CALL, SWEEP, (shards) => [
    ...[score(until), most, beginning, keys.length, ...keys],
    ...shards.map((shard) => skips[shard] as number),
  ]);
  let deleted = 0;
  let more = until < before;
  const passed: number[] = [];
  const times: unknown[] = [];
  for (const reply of replies) {
    const [gone, isMore, time, left] = (reply ?? [0, 0, "inf", []]) as [number, number, Buffer, number[]];
    deleted += gone;
    more ||= isMore === 1;
    times.push(time);
    for (const count of left) passed.push((skips[passed.length] as number) + count);
  }
  // where one server refuses, what the others did still counts
  if (replies.includes(undefined)) return { deleted, cursor: null };
  return { deleted, cursor: more ? `${most}:${earliest(times)}:${passed.join()}` : null };
}

/** Until when no queue has more due than its share: what is older is older than all that is left, whatever the queue. */
function earliest(times: unknown[]): number {
  return Math.min(...times.map((time) => (String(time) === "inf" ? Infinity : Number(String(time)))));
}

/** The replies of a script for groups of queues, in order; `undefined` from a server that refuses. */
async function inGroups(
  connection: Connection,
  { queues }: Layout,
  size: number,
  what: Script,
  argsOf: (shards: number[]) => Argument[],
): Promise<unknown[]> {
  const shards = queues.map((_, shard) => shard);
  const step = connection.isCluster ? 1 : size;
  const groups = shards.filter((shard) => shard % step === 0).map((first) => shards.slice(first, first + step));
  return Promise.all(
    groups.map((group) =>
      connection.attempt(what, [group.length, ...group.map((shard) => queues[shard] as string), ...argsOf(group)]),
    ),
  );
}

/** Where a cursor continues: after so many entries of each queue, and for a share of `most` until `horizon`. */
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
  throw new DriverError("invalid_option", "Cannot continue from this cursor: use one that deleteDue() returned");
}
