/** Limits count requests whose connection was reset, too. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "node:test";
import * as fetching from "../../../sdk/adapters/fetch.ts";
import * as node from "../../../sdk/adapters/node.ts";
import type { Anon } from "../../../sdk/contract/anon.ts";
import memory from "../../../storage-drivers/memory.ts";
import { collect, setUp } from "../../support/sdk.ts";
import { listen, serve, type TestServer } from "../../support/server.ts";

const SERVERS: Record<string, (anon: Anon) => Promise<TestServer>> = {
  fetch: (anon) => serve(fetching.anonymous(anon, () => new Response("page"))),
  "node:http": (anon) => {
    const middleware = node.anonymous(anon);
    return listen((req, res) => void middleware(req, res, () => res.end("page")));
  },
};

describe("a connection that is reset", () => {
  for (const [name, open] of Object.entries(SERVERS)) {
    it(`counts for the client's address (${name})`, { timeout: 300_000 }, async () => {
      const driver = memory();
      // slow enough that the connection is gone before the account is created
      const later = <T>(value: Promise<T>): Promise<T> =>
        new Promise((resume) => setTimeout(resume, 3)).then(() => value);
      const slow: typeof driver = { ...driver, read: (key) => later(driver.read(key)) };
      const { anon } = setUp(slow, { now: Date.now, limits: { signUpsPerAddress: { max: 2, per: "1h" } } });
      const ended = await anon.signInAnonymously();
      await anon.signOut(ended.token);
      const server = await open(anon);
      try {
        const { port } = new URL(server.url);
        for (let i = 0; i < 12; i++) {
          await new Promise<void>((resolve) => {
            const socket = connect(Number(port), "127.0.0.1", () => {
              const head = `POST /api/collections/users/auth-anonymously HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n`;
              socket.write(`${head}Authorization: ${ended.token}\r\n\r\n`, () => {
                socket.resetAndDestroy();
                setTimeout(resolve, 20);
              });
            });
            socket.on("error", () => undefined);
          });
        }
        await new Promise((resolve) => setTimeout(resolve, 200));
        const made = (await collect(anon.admin.list())).length - 1;
        assert.ok(made <= 2, `${made} accounts`);
      } finally {
        await server.stop();
      }
    });
  }
});
