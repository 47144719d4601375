/** Collects the calls of one tick: a batch is one round trip, however many calls it holds. */
import type { Buffer } from "node:buffer";
import process from "node:process";
import type { JointSwap } from "../../sdk/storage/port.ts";
import { DriverError } from "../shared/driver-error.ts";
import { jointGroups, stretches, swapGroups } from "./batch-groups.ts";
import type { Connection } from "./connection.ts";
import { toDriverError } from "./errors.ts";
import { type Argument, CREATE, CREATE_ONE, CREATE_UNDUE, DELETE, type Script, SHRINK, SWAP } from "./scripts.ts";
import { type Layout, shardOf } from "./shards.ts";
import {
  alikeArguments,
  isCreation,
  isDeletion,
  isShrinking,
  isUndueCreation,
  type JointItems,
  mixedArguments,
  type SwapItem,
  shrinkArguments,
  singleArguments,
} from "./swap-items.ts";
import { decode } from "./text.ts";

/** So many reads do not wait for the end of the tick: the server works on them while the caller asks for others. */
const ENOUGH_READS = 32;

interface ReadItem {
  key: string;
  resolve: (value: string | null) => void;
  reject: (error: unknown) => void;
}

export class Batcher {
  readonly #connection: Connection;
  readonly #layout: Layout;
  readonly #where: string;
  #swaps: SwapItem[] = [];
  #joint: JointItems[] = [];
  #reads: ReadItem[] = [];
  #scheduled = false;
  #single = true;

  constructor(connection: Connection, layout: Layout, where: string) {
    this.#connection = connection;
    this.#layout = layout;
    this.#where = where;
  }

  swap(
    key: string,
    expected: string | null,
    next: string | null,
    due?: number | null,
    force = false,
  ): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#swaps.push({ key, shard: shardOf(key), expected, next, due, force, joined: false, resolve, reject });
      this.#schedule();
    });
  }

  /** Only where this is no cluster. */
  swapAll(swaps: readonly JointSwap[]): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const last = swaps.length - 1;
      const items = swaps.map(({ key, expected, next, due }, at) => ({
        key,
        shard: shardOf(key),
        expected,
        next,
        due,
        force: false,
        joined: at < last,
      }));
      this.#joint.push({ items, resolve, reject });
      this.#schedule();
    });
  }

  read(key: string): Promise<string | null> {
    return new Promise((resolve, reject) => {
      this.#reads.push({ key, resolve, reject });
      this.#schedule();
      if (this.#reads.length === ENOUGH_READS && !this.#connection.isCluster) this.#flush();
    });
  }

  /** Without a promise for each key: a listing has thousands. */
  async readMany(keys: readonly string[]): Promise<(string | null)[]> {
    await this.#connection.open();
    const values = new Array<string | null>(keys.length);
    await Promise.all(
      stretches(keys, this.#connection.isCluster).map(async (places) => {
        const names = places.map((place) => this.#layout.nameOf(keys[place] as string));
        const replies = (await this.#connection.read("mget", names)) as (Buffer | null)[];
        for (let i = 0; i < places.length; i++) {
          const place = places[i] as number;
          const key = keys[place] as string;
          const reply = replies[i] ?? null;
          // so that not all of a page is in memory as bytes and as text
          replies[i] = null;
          values[place] = reply === null ? await this.read(key) : decode(reply, key);
        }
      }),
    );
    return values;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    // Calls that come one at a time have nothing to share a round trip with, and the caller can work while the server does.
    // Otherwise the end of a tick comes after all its microtasks, so calls that continue from one reply go together.
    if (this.#single && this.#connection.isIdle && this.#connection.isOpen) {
      this.#flush();
      return;
    }
    this.#scheduled = true;
    if (this.#connection.isIdle) queueMicrotask(() => this.#flush());
    else process.nextTick(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const swaps = this.#swaps;
    const joint = this.#joint;
    const reads = this.#reads;
    this.#swaps = [];
    this.#joint = [];
    this.#reads = [];
    this.#single = swaps.length + joint.length + reads.length === 1;
    const send = () => {
      if (reads.length > 0) this.#sendAllReads(reads);
      if (swaps.length > 0) this.#sendAllSwaps(swaps);
      if (joint.length > 0) for (const group of jointGroups(joint)) this.#sendJoint(group);
    };
    if (this.#connection.isOpen) send();
    else
      this.#connection
        .open()
        .then(send, (error) => fail([...swaps, ...joint, ...reads], toDriverError(error, this.#where)));
  }

  #sendAllReads(items: ReadItem[]): void {
    if (items.length === 1 || !this.#connection.isCluster) {
      this.#sendReads(items);
      return;
    }
    const keys = items.map(({ key }) => key);
    for (const places of stretches(keys, true)) this.#sendReads(places.map((place) => items[place] as ReadItem));
  }

  #sendAllSwaps(items: SwapItem[]): void {
    if (items.length === 1) this.#sendSwaps(items);
    else for (const group of swapGroups(items, this.#connection.isCluster)) this.#sendSwaps(group);
  }

  #sendSwaps(items: SwapItem[]): void {
    if (items.every(isCreation)) {
      if (items.length === 1) this.#sendAlike(items, CREATE_ONE, singleArguments(items[0] as SwapItem, this.#layout));
      else this.#sendAlike(items, CREATE, alikeArguments(items, this.#layout));
    } else if (items.every(isDeletion)) {
      this.#sendAlike(items, DELETE, alikeArguments(items, this.#layout));
    } else {
      this.#sendMixed(items);
    }
  }

  /** All or nothing; when it was nothing, the general script decides each. */
  #sendAlike(items: SwapItem[], script: Script, args: Argument[]): void {
    this.#connection.write(script, args).then(
      (reply) => {
        if (reply === 0) this.#sendMixed(items);
        else this.#answerSwaps(items, reply);
      },
      (error) => fail(items, error),
    );
  }

  #sendMixed(items: SwapItem[]): void {
    this.#connection.write(SWAP, mixedArguments(items, this.#layout)).then(
      (reply) => this.#answerSwaps(items, reply),
      (error) => fail(items, error),
    );
  }

  /** All or nothing for the whole call, if it can be; when it was nothing, the general script decides each. */
  #sendJoint(joint: JointItems[]): void {
    const items = joint.flatMap((one) => one.items);
    const decideEach = (): void => {
      this.#connection.write(SWAP, mixedArguments(items, this.#layout)).then(
        (reply) => this.#answerJoint(joint, reply),
        (error) => fail(joint, error),
      );
    };
    if (!items.every(isUndueCreation)) {
      decideEach();
      return;
    }
    this.#connection.write(CREATE_UNDUE, alikeArguments(items, this.#layout)).then(
      (reply) => {
        if (reply === 0) decideEach();
        else this.#answerJoint(joint, reply);
      },
      (error) => fail(joint, error),
    );
  }

  #answerJoint(joint: JointItems[], reply: unknown): void {
    if (reply === 1) {
      for (const one of joint) one.resolve(true);
      return;
    }
    const count = joint.reduce((sum, { items }) => sum + items.length, 0);
    if (!Array.isArray(reply) || reply.length !== count) {
      fail(joint, this.#noReply());
      return;
    }
    let at = 0;
    for (const { items, resolve, reject } of joint) {
      // those that are joined have the same answer
      const answer: unknown = reply[at];
      at += items.length;
      if (answer === 1 || answer === 0) resolve(answer === 1);
      else reject(this.#connection.refusal(new Error(String(answer))));
    }
  }

  #noReply(): DriverError {
    return new DriverError("corrupt", `Redis at ${this.#where} sent a reply that is no reply to a swap`);
  }

  #answerSwaps(items: SwapItem[], reply: unknown): void {
    if (reply === 1) {
      for (const item of items) item.resolve(true);
      return;
    }
    if (!Array.isArray(reply) || reply.length !== items.length) {
      fail(items, this.#noReply());
      return;
    }
    items.forEach((item, i) => {
      const answer: unknown = reply[i];
      if (answer === 1 || answer === 0) {
        item.resolve(answer === 1);
        return;
      }
      const error = this.#connection.refusal(new Error(String(answer)));
      if (error.code === "full" && isShrinking(item)) {
        this.#sendAlike([item], SHRINK, shrinkArguments(item, this.#layout));
      } else {
        item.reject(error);
      }
    });
  }

  #sendReads(items: ReadItem[]): void {
    const names = items.map(({ key }) => this.#layout.nameOf(key));
    if (items.length === 1) {
      this.#connection.read("get", names).then(
        (reply) => answerRead(items[0] as ReadItem, reply),
        (error) => fail(items, error),
      );
      return;
    }
    this.#connection.read("mget", names).then(
      (replies) => {
        items.forEach((item, i) => {
          const reply = (replies as unknown[])[i];
          // MGET says nil for a list or a hash too; GET tells them from a key that is absent.
          if (reply === null) this.#sendReads([item]);
          else answerRead(item, reply);
        });
      },
      (error) => fail(items, error),
    );
  }
}

function answerRead(item: ReadItem, reply: unknown): void {
  try {
    item.resolve(reply === null ? null : decode(reply as Buffer, item.key));
  } catch (error) {
    item.reject(error);
  }
}

function fail(items: { reject: (error: unknown) => void }[], error: unknown): void {
  for (const item of items) item.reject(error);
}
