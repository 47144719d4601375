/** The sql driver over each way to connect to a PostgreSQL server. */
import { Pool } from "pg";
import postgres from "postgres";
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import sql, { type SqlDriverOptions } from "../../storage-drivers/sql/index.ts";
import { FULL } from "./size.ts";

/** A driver, and what ends its client, which `dispose` leaves open. */
export interface Opened {
  driver: AtomicDriver;
  end(): Promise<void>;
}

type Options = Pick<SqlDriverOptions, "table" | "timeout" | "connections">;

const ALL: readonly [name: string, open: (url: string, options?: Options) => Opened][] = [
  [
    "URL",
    (url, options) => {
      const driver = sql({ ...options, url });
      return { driver, end: async () => driver.dispose() };
    },
  ],
  [
    "Pool of pg",
    (url, { connections: max, ...options } = {}) => {
      const pool = new Pool({ connectionString: url, max });
      pool.on("error", () => undefined);
      return own(sql({ ...options, client: pool }), () => pool.end());
    },
  ],
  [
    "postgres.js",
    (url, { connections: max = 10, ...options } = {}) => {
      const client = postgres(url, { max, onnotice: () => undefined });
      return own(sql({ ...options, client }), () => client.end({ timeout: 1 }));
    },
  ],
];

/** All of them in the full size; in the short one by URL, which is pg's pool. */
export const CLIENTS: typeof ALL = FULL ? ALL : ALL.slice(0, 1);

function own(driver: AtomicDriver, endClient: () => Promise<void>): Opened {
  return {
    driver,
    async end() {
      await driver.dispose();
      await endClient();
    },
  };
}
