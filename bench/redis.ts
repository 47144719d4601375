/** The driver and bare clients of the Redis rows. */
import { Redis } from "ioredis";
import type { AtomicDriver } from "../sdk/storage/port.ts";
import redis from "../storage-drivers/redis/index.ts";

/** The databases of the benchmark's server. */
export const DATABASE = { speed: 0, many: 1, few: 2, secondary: 3 } as const;

export function urlOf(url: string, database: number): string {
  return `${url}/${database}`;
}

/** The driver with an application's settings, except for a timeout that suits a busy machine. */
export function driverOf(url: string, database: number): AtomicDriver {
  return redis({ url: urlOf(url, database), timeout: 60_000 });
}

/** A bare client with or without autopipelining; the rows compare with the faster one. */
export function bareClient(url: string, database: number, autopipelining: boolean): Redis {
  return new Redis(urlOf(url, database), { enableAutoPipelining: autopipelining, lazyConnect: false });
}

/** One bare client of each kind. */
export function bareClients(url: string, database: number): { name: string; client: Redis }[] {
  return [true, false].map((on) => ({
    name: on ? "with autopipelining" : "without autopipelining",
    client: bareClient(url, database, on),
  }));
}
