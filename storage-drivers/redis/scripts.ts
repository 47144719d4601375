/** The Lua that Redis runs, one call for many items. */
import { createHash } from "node:crypto";

/** A script and the name the server caches it under. */
export interface Script {
  readonly text: string;
  readonly sha: string;
}

/** One of KEYS or ARGV, or of a command's own arguments. */
export type Argument = string | number;

/** A script of this text. */
export function script(text: string): Script {
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}

/** What an item of {@link SWAP} brings along, added up: `kinds` holds one character per item, `a` plus the sum. */
export const HAS_DUE = 1;
export const HAS_EXPECTED = 2;
export const HAS_NEXT = 4;
export const UNCONDITIONAL = 8;
/** It happens together with the next item, or not at all. */
export const JOINED = 16;

/**
 * Exchanges many values. KEYS: the queues, then one key per item; no key twice. ARGV: the kinds, the queue of each
 * item (`0` is the first), the length of the key prefix, then of each item its due, expected and next value, as far
 * as it has them. Returns 1 when all were exchanged, else a list of 1, 0 or the error of each; of joined items, each has
 * what the worst has.
 * Values are compared first, then entries are added, values set, values deleted and entries removed: whatever fails,
 * at most an entry is left over, never a value without its entry. Each step is as few commands as possible, because
 * the command, not the item, is what costs in Lua.
 */
export const SWAP: Script = script(`
local kinds, queues, cut = ARGV[1], ARGV[2], tonumber(ARGV[3]) + 1
local n, arg, result = #kinds, 3, {}
local base = #KEYS - n
local due, expected, value, force = {}, {}, {}, {}
local present, at, absent = {}, {}, {}
local joined, joins = {}, false
for i = 1, n do
  local kind = kinds:byte(i) - 97
  result[i] = 1
  if kind % 2 == 1 then arg = arg + 1; due[i] = ARGV[arg] end
  if kind % 4 >= 2 then
    arg = arg + 1; expected[i] = ARGV[arg]
    present[#present + 1] = KEYS[base + i]; at[#present] = i
  elseif kind % 16 < 8 then
    absent[#absent + 1] = KEYS[base + i]
  end
  if kind % 8 >= 4 then arg = arg + 1; value[i] = ARGV[arg] end
  force[i] = kind % 16 >= 8
  if kind >= 16 then joined[i] = true; joins = true end
end
local all = true
local function judge(i)
  local now = redis.pcall('GET', KEYS[base + i])
  if type(now) == 'table' then result[i] = now.err; all = false
  elseif now ~= (expected[i] or false) then result[i] = 0; all = false end
end
if #present > 0 then
  local now = redis.call('MGET', unpack(present))
  for j = 1, #present do
    if now[j] ~= expected[at[j]] then judge(at[j]) end
  end
end
if #absent > 0 and redis.call('EXISTS', unpack(absent)) > 0 then
  for i = 1, n do
    if not expected[i] and not force[i] then judge(i) end
  end
end
-- a queue that is none fails here, where nothing is written yet
if joins then
  for queue = 1, base do
    local reply = redis.pcall('ZCARD', KEYS[queue])
    if type(reply) == 'table' then
      all = false
      for i = 1, n do
        if queues:byte(i) - 47 == queue then result[i] = reply.err end
      end
    end
  end
end
local function join()
  if all or not joins then return end
  local first, worst = 1, 1
  for i = 1, n do
    if worst == 1 or type(result[i]) == 'string' then worst = result[i] end
    if not joined[i] then
      if worst ~= 1 then
        for j = first, i do result[j] = worst end
      end
      first, worst = i + 1, 1
    end
  end
end
join()
local function grouped(command, groups)
  for _, group in pairs(groups) do
    local reply = redis.pcall(command, unpack(group.args))
    if type(reply) == 'table' and reply.err then
      all = false
      for _, i in ipairs(group.items) do result[i] = reply.err end
    end
  end
end
local function group(groups, i)
  local queue = queues:byte(i) - 47
  local found = groups[queue]
  if not found then
    found = { args = { KEYS[queue] }, items = {} }
    groups[queue] = found
  end
  found.items[#found.items + 1] = i
  return found.args
end
local adds = {}
for i = 1, n do
  if result[i] == 1 and due[i] and value[i] then
    local args = group(adds, i)
    args[#args + 1] = due[i]
    args[#args + 1] = KEYS[base + i]:sub(cut)
  end
end
grouped('ZADD', adds)
join()
local sets, drops = { args = {}, items = {} }, { args = {}, items = {} }
for i = 1, n do
  if result[i] == 1 then
    if value[i] then
      local args = sets.args
      args[#args + 1] = KEYS[base + i]
      args[#args + 1] = value[i]
      sets.items[#sets.items + 1] = i
    elseif expected[i] or force[i] then
      drops.args[#drops.args + 1] = KEYS[base + i]
      drops.items[#drops.items + 1] = i
    end
  end
end
if #sets.items > 0 then grouped('MSET', { sets }) end
if #drops.items > 0 then grouped('UNLINK', { drops }) end
local removals = {}
for i = 1, n do
  if result[i] == 1 and not (due[i] and value[i]) then
    local args = group(removals, i)
    args[#args + 1] = KEYS[base + i]:sub(cut)
  end
end
grouped('ZREM', removals)
if all then return 1 end
return result
`);

/**
 * Creates values, and does one thing to their members of the queues. KEYS: the queues, then the keys. ARGV: how many queues, how
 * many members each gets, the arguments of `command` by queue, then key and value of each. So Lua passes stretches of ARGV on as
 * they are, and a batch is one MSETNX and one command a queue. All or nothing: returns 1, or 0 when SWAP is to find out what
 * became of each. Values whose entries cannot be written are removed before any client can see them.
 */
const creating = (command: "ZADD" | "ZREM", perMember: number): Script =>
  script(`
local queues = tonumber(ARGV[1])
local at = queues + 2
local values = at
for i = 1, queues do values = values + ${perMember} * ARGV[i + 1] end
if redis.call('MSETNX', unpack(ARGV, values)) == 0 then return 0 end
for i = 1, queues do
  local to = at + ${perMember} * ARGV[i + 1]
  local reply = redis.pcall('${command}', KEYS[i], unpack(ARGV, at, to - 1))
  if type(reply) == 'table' then
    redis.call('UNLINK', unpack(KEYS, queues + 1))
    return 0
  end
  at = to
end
return 1
`);

/** Creates values that are due: what sign-ins are. The arguments are due and member of each. */
export const CREATE: Script = creating("ZADD", 2);

/**
 * Creates values that are not due: accounts with their uniqueness locks. The arguments are the members, which leave the queues,
 * where a failed write may have left them.
 */
export const CREATE_UNDUE: Script = creating("ZREM", 1);

/**
 * CREATE of a single value, for sign-ins one after another: half of the Lua. KEYS: the queue, the key. ARGV: due, member
 * and value.
 */
export const CREATE_ONE: Script = script(`
if not redis.call('SET', KEYS[2], ARGV[3], 'NX') then return 0 end
local added = redis.pcall('ZADD', KEYS[1], ARGV[1], ARGV[2])
if type(added) == 'table' then
  redis.call('UNLINK', KEYS[2])
  return 0
end
return 1
`);

/**
 * Deletes values: what gc does. KEYS: the queues, then the keys. ARGV: how many queues, how many members each loses, the
 * members by queue, then the expected value of each key. All or nothing, as CREATE.
 */
export const DELETE: Script = script(`
local queues = tonumber(ARGV[1])
local at = queues + 2
local values = at - 1
for i = 1, queues do values = values + ARGV[i + 1] end
local now = redis.call('MGET', unpack(KEYS, queues + 1))
for i = 1, #now do
  if now[i] ~= ARGV[values + i] then return 0 end
end
redis.call('UNLINK', unpack(KEYS, queues + 1))
for i = 1, queues do
  local to = at + ARGV[i + 1]
  redis.pcall('ZREM', KEYS[i], unpack(ARGV, at, to - 1))
  at = to
end
return 1
`);

/**
 * Exchanges a value for one that is not longer, on a server that has no memory left: once a script has deleted something,
 * Redis lets it write. KEYS: the queue, the key. ARGV: the expected and the next value, the member, and its due if
 * it has one. Asking for the score first fails on a queue that is none, while nothing is written.
 */
export const SHRINK: Script = script(`
redis.call('ZSCORE', KEYS[1], ARGV[3])
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('UNLINK', KEYS[2])
redis.call('SET', KEYS[2], ARGV[2])
if ARGV[4] then redis.call('ZADD', KEYS[1], ARGV[4], ARGV[3]) else redis.call('ZREM', KEYS[1], ARGV[3]) end
return 1
`);

/**
 * A stretch of the queue in KEYS, as [key, due, key, due...]. ARGV: how many, and where to go on (after this
 * due and key). The place among entries of one due is searched by rank, so that a million entries of the
 * same due cost what their page costs. Bytes are compared one by one: Lua compares strings by the server's locale.
 */
export const DUE: Script = script(`
local count, due, key = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local function after(member)
  for i = 1, math.min(#member, #key) do
    local a, b = member:byte(i), key:byte(i)
    if a ~= b then return a > b end
  end
  return #member > #key
end
local low = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. due)
local high = low + redis.call('ZCOUNT', KEYS[1], due, due)
while low < high do
  local middle = math.floor((low + high) / 2)
  if after(redis.call('ZRANGE', KEYS[1], middle, middle)[1]) then high = middle else low = middle + 1 end
end
return redis.call('ZRANGE', KEYS[1], low, low + count - 1, 'WITHSCORES')
`);

/**
 * Values and due times of one moment. KEYS: the queue, then the keys. ARGV: the members. Returns two lists, and how many keys
 * without a value exist: MGET returns nil for a list or a hash, too.
 */
export const ENTRIES: Script = script(`
local values = redis.call('MGET', unpack(KEYS, 2))
local absent = {}
for i = 1, #values do
  if not values[i] then absent[#absent + 1] = KEYS[i + 1] end
end
local others = 0
if #absent > 0 then others = redis.call('EXISTS', unpack(absent)) end
return { values, redis.call('ZMSCORE', KEYS[1], unpack(ARGV)), others }
`);

/** A time as an end of a range of a sorted set. */
export function score(time: number): string {
  if (time === Infinity) return "+inf";
  return time === -Infinity ? "-inf" : String(time);
}
