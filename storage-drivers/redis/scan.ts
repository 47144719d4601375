/** Every key, from every master, by the page. */
import type { Buffer } from "node:buffer";
import type { Cluster, Redis } from "ioredis";
import { DriverError } from "../shared/driver-error.ts";
import type { Connection } from "./connection.ts";
import type { Layout } from "./shards.ts";

/**
 * So many keys a server looks at in one step. A page is about as many, and what is read of it is in memory together: on
 * Bun the peak of a listing of a million accounts is 12 MB above that of ten thousand with 160, and 20 MB with 256.
 * With much less the time goes into commands.
 */
const COUNT = 160;

/** A cluster that is being resharded is scanned again until a whole pass saw it at rest. */
const PASSES = 5;

/**
 * The keys that begin with `prefix`. Complete also when slots of a cluster move meanwhile: it is scanned again then,
 * and keys come twice. A lost connection rejects, because the cursor of a server that restarted means nothing.
 */
export async function* scanKeys(connection: Connection, layout: Layout, prefix: string): AsyncGenerator<string[]> {
  await connection.open();
  const { client } = connection;
  if (!client.isCluster) {
    // one node of a cluster would list its own keys alone, without a word; other commands it refuses
    await Promise.all(layout.queues.map((queue) => connection.read("exists", [queue])));
    yield* scanNode(connection, layout, client as Redis, prefix);
    return;
  }
  for (let pass = 0; pass < PASSES; pass++) {
    const start = await survey(connection, client as Cluster);
    for (const node of start.masters) yield* scanNode(connection, layout, node, prefix);
    const end = await survey(connection, client as Cluster);
    if (!start.moving && !end.moving && start.state === end.state) return;
  }
  throw new DriverError("unavailable", "Cannot list all keys: the cluster is being resharded, try again afterwards");
}

async function* scanNode(
  connection: Connection,
  layout: Layout,
  node: Redis,
  prefix: string,
): AsyncGenerator<string[]> {
  const pattern = layout.pattern(prefix);
  let last = new Set<string>();
  let lost = false;
  const lose = () => {
    lost = true;
  };
  try {
    let cursor = "0";
    do {
      const reply = await connection.read("scan", [cursor, "MATCH", pattern, "COUNT", COUNT], node);
      const [next, names] = reply as [Buffer, Buffer[]];
      if (cursor === "0") node.on("close", lose);
      cursor = String(next);
      // One reply may name a key twice. A table that shrinks, because accounts are deleted meanwhile, has one place for several
      // that were read one after another, and SCAN names their keys again: on Redis 7 up to 80 later. A report of what became
      // of each account would count them twice. Redis shrinks no table while it saves (BGSAVE), and one that then shrinks by
      // more than 160 times has keys again that are further back: to remember more pages would cost more memory.
      const keys = new Set(names.map((name) => name.toString("utf8", layout.prefixLength)));
      const page = [...keys].filter((key) => !last.has(key));
      last = keys;
      connection.check();
      if (page.length > 0) yield page;
      if (lost)
        throw new DriverError("unavailable", "Cannot list all keys: the connection to Redis was lost, try again");
    } while (cursor !== "0");
  } finally {
    node.off("close", lose);
  }
}

/** Who serves which slots, by the masters' own word; refuses when a slot has no master to ask. */
async function survey(
  connection: Connection,
  cluster: Cluster,
): Promise<{ masters: Redis[]; state: string; moving: boolean }> {
  await connection.read("cluster", ["INFO"]);
  const masters = cluster.nodes("master");
  const covered = new Set<number>();
  const lines: string[] = [];
  for (const node of masters) {
    const table = String(await connection.read("cluster", ["NODES"], node)).split("\n");
    const fields = table.find((line) => line.includes("myself"))?.split(" ") ?? [];
    const slots = fields.slice(8);
    lines.push([fields[0], fields[6], ...slots].join(" "));
    for (const range of slots.filter((slot) => !slot.startsWith("["))) {
      const [first = 0, last = first] = range.split("-").map(Number);
      for (let slot = first; slot <= last; slot++) covered.add(slot);
    }
  }
  if (covered.size < 16384) {
    cluster.refreshSlotsCache();
    throw new DriverError(
      "unavailable",
      "Cannot list all keys: a part of the cluster has no master that can be reached",
    );
  }
  const state = lines.sort().join("\n");
  return { masters, state, moving: state.includes("[") };
}
