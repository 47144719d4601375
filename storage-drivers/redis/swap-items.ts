/** One swap of a batch, and how a batch is spelled for the scripts. */
import { Buffer } from "node:buffer";
import { type Argument, HAS_DUE, HAS_EXPECTED, HAS_NEXT, JOINED, UNCONDITIONAL } from "./scripts.ts";
import type { Layout } from "./shards.ts";

export interface Item {
  key: string;
  shard: number;
  expected: string | null;
  next: string | null;
  due: number | null | undefined;
  force: boolean;
  /** It happens together with the next item, or not at all. */
  joined: boolean;
}

/** Who waits for a result. */
export interface Waiting {
  resolve: (done: boolean) => void;
  reject: (error: unknown) => void;
}

/** A swap alone. */
export interface SwapItem extends Item, Waiting {}

/** Swaps that happen together. */
export interface JointItems extends Waiting {
  items: Item[];
}

/** Whether it is for the script CREATE. */
export function isCreation({ expected, next, due, force }: SwapItem): boolean {
  return expected === null && next !== null && due !== null && due !== undefined && !force;
}

/** Whether it is for the script CREATE_UNDUE. */
export function isUndueCreation({ expected, due }: Item): boolean {
  return expected === null && (due === null || due === undefined);
}

/** Whether it is for the script DELETE. */
export function isDeletion({ expected, next, force }: SwapItem): boolean {
  return expected !== null && next === null && !force;
}

/** Whether it is for the script SHRINK, where there is no memory for SWAP. */
export function isShrinking({ expected, next, force }: SwapItem): boolean {
  return expected !== null && next !== null && !force && Buffer.byteLength(next) <= Buffer.byteLength(expected);
}

/** KEYS and ARGV of SHRINK. */
export function shrinkArguments(
  { key, shard, expected, next, due }: SwapItem,
  { prefixes, queues }: Layout,
): Argument[] {
  const args = [2, queues[shard] as string, prefixes[shard] + key, expected as string, next as string, key];
  if (due !== null && due !== undefined) args.push(due);
  return args;
}

/** KEYS and ARGV of CREATE, CREATE_UNDUE or DELETE: what goes to one queue or to one command stands together. */
export function alikeArguments(items: readonly Item[], { prefixes, queues }: Layout): Argument[] {
  const keys: string[] = [];
  const values: string[] = [];
  const counts = new Map<number, number>();
  const members = new Map<number, Argument[]>();
  for (const { key, shard, expected, next, due } of items) {
    const name = prefixes[shard] + key;
    keys.push(name);
    let list = members.get(shard);
    if (!list) {
      list = [];
      members.set(shard, list);
    }
    counts.set(shard, (counts.get(shard) ?? 0) + 1);
    if (next === null) {
      list.push(key);
      values.push(expected as string);
    } else {
      if (due === null || due === undefined) list.push(key);
      else list.push(due, key);
      values.push(name, next);
    }
  }
  const args: Argument[] = [members.size + keys.length];
  for (const shard of members.keys()) args.push(queues[shard] as string);
  args.push(...keys);
  args.push(members.size, ...counts.values());
  for (const list of members.values()) args.push(...list);
  args.push(...values);
  return args;
}

/** KEYS and ARGV of CREATE_ONE. */
export function singleArguments({ key, shard, next, due }: SwapItem, { prefixes, queues }: Layout): Argument[] {
  return [2, queues[shard] as string, prefixes[shard] + key, due as number, key, next as string];
}

/** KEYS and ARGV of SWAP. */
export function mixedArguments(items: readonly Item[], { prefixes, queues, prefixLength }: Layout): Argument[] {
  const numbers = new Map<number, number>();
  const keys: string[] = [];
  const values: string[] = [];
  let kinds = "";
  let places = "";
  for (const { key, shard, expected, next, due, force, joined } of items) {
    let number = numbers.get(shard);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(shard, number);
    }
    let kind = (force ? UNCONDITIONAL : 0) + (joined ? JOINED : 0);
    keys.push(prefixes[shard] + key);
    if (due !== null && due !== undefined) {
      kind += HAS_DUE;
      values.push(String(due));
    }
    if (expected !== null) {
      kind += HAS_EXPECTED;
      values.push(expected);
    }
    if (next !== null) {
      kind += HAS_NEXT;
      values.push(next);
    }
    kinds += String.fromCharCode(97 + kind);
    places += String.fromCharCode(48 + number);
  }
  const args: Argument[] = [numbers.size + keys.length];
  for (const shard of numbers.keys()) args.push(queues[shard] as string);
  args.push(...keys, kinds, places, prefixLength, ...values);
  return args;
}
