/** Every adapter refuses a body that is too large, and serves the requests after it. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "node:test";
import express from "express";
import Fastify from "fastify";
import * as fastify from "../../../sdk/adapters/fastify.ts";
import * as fetching from "../../../sdk/adapters/fetch.ts";
import * as node from "../../../sdk/adapters/node.ts";
import type { Anon } from "../../../sdk/contract/anon.ts";
import memory from "../../../storage-drivers/memory.ts";
import { setUp } from "../../support/sdk.ts";
import { listen, serve, type TestServer } from "../../support/server.ts";

const SIZE = 200_000;
const SERVERS: Record<string, (anon: Anon) => Promise<TestServer>> = {
  fetch: (anon) => serve(fetching.anonymous(anon, () => new Response("page"))),
  "node:http": (anon) => {
    const middleware = node.anonymous(anon);
    return listen((req, res) => void middleware(req, res, () => res.end("page")));
  },
  Express: (anon) => {
    const app = express();
    app.use(node.anonymous(anon));
    app.get("/", (_request, response) => void response.send("page"));
    return listen(app);
  },
  Fastify: async (anon) => {
    const app = Fastify();
    await app.register(fastify.anonymous(anon));
    app.get("/", async () => "page");
    return { url: await app.listen({ host: "127.0.0.1", port: 0 }), stop: () => app.close() };
  },
};

/** Sends a request with its whole body at once, then another request. Returns the statuses until the connection ends. */
function sendLarge(url: string, chunked: boolean): Promise<number[]> {
  const { port } = new URL(url);
  const body = Buffer.alloc(SIZE, 32);
  const [head, framed] = chunked
    ? [
        "Transfer-Encoding: chunked",
        Buffer.concat([Buffer.from(`${SIZE.toString(16)}\r\n`), body, Buffer.from("\r\n0\r\n\r\n")]),
      ]
    : [`Content-Length: ${SIZE}`, body];
  const path = "/api/collections/users/auth-anonymously";
  return new Promise((resolve) => {
    const socket = connect(Number(port), "127.0.0.1");
    let text = "";
    let sentNext = false;
    const end = (): void => {
      socket.destroy();
      resolve([...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status)));
    };
    socket
      .setTimeout(20_000, () => resolve([413, 0]))
      .on("error", end)
      .on("close", end);
    socket.on("data", (data) => {
      text += data;
      if (!sentNext && text.includes("HTTP/1.1 413")) {
        sentNext = true;
        socket.write("GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n");
      }
    });
    socket.write(
      Buffer.concat([
        Buffer.from(`POST ${path} HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\n${head}\r\n\r\n`),
        framed,
      ]),
    );
  });
}

describe("a body that is too large", () => {
  for (const [name, open] of Object.entries(SERVERS)) {
    for (const chunked of [true, false]) {
      it(`is refused, and the server keeps serving (${name}, ${chunked ? "chunked" : "with Content-Length"})`, {
        timeout: 300_000,
      }, async () => {
        const server = await open(setUp(memory(), { now: Date.now }).anon);
        try {
          const statuses = await sendLarge(server.url, chunked);
          assert.equal(statuses[0], 413);
          // a server may close the connection instead, but must not leave it open without a response
          assert.ok(statuses.length === 1 || statuses[1] === 200, statuses.join());
          assert.equal(await (await fetch(server.url)).text(), "page");
        } finally {
          await server.stop();
        }
      });
    }
  }
});
