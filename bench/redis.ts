/** Clients for what redis rows compare with. */
import { Redis } from "ioredis";
import type { AtomicDriver } from "../sdk/storage/port.ts";
import redis from "../storage-drivers/redis/index.ts";

/** Who uses which database of the benchmark's server. */
export const DATABASE = { speed: 0, many: 1, few: 2, secondary: 3 } as const;

export function urlOf(url: string, database: number): string {
  return `${url}/${database}`;
}

/** The driver as an application gets it, with time for a machine that is busy. */
export function driverOf(url: string, database: number): AtomicDriver {
  return redis({ url: urlOf(url, database), timeout: 60_000 });
}

/** A bare client with or without autopipelining, whichever is faster being for the rows to find out. */
export function bareClient(url: string, database: number, autopipelining: boolean): Redis {
  return new Redis(urlOf(url, database), { enableAutoPipelining: autopipelining, lazyConnect: false });
}

/** Both kinds of bare client. */
export function bareClients(url: string, database: number): { name: string; client: Redis }[] {
  return [true, false].map((on) => ({
    name: on ? "with autopipelining" : "without autopipelining",
    client: bareClient(url, database, on),
  }));
}
