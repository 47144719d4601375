/** What Node's messages allow and a Response does not: all forms of writeHead, events, malformed URLs. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, connect } from "node:net";
import { after, describe, it } from "node:test";
import { anonymous } from "../../../sdk/adapters/node.ts";
import { auth, signInAnonymously } from "../../../sdk/context.ts";
import memory from "../../../storage-drivers/memory.ts";
import { COLLECTIONS, setUp } from "../../support/sdk.ts";

type Handler = (req: IncomingMessage, res: ServerResponse) => unknown;
const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** @param before Middleware that comes before `anonymous` */
async function listen(handle: Handler, before: Handler = () => undefined): Promise<number> {
  const middleware = anonymous(setUp(memory(), { now: Date.now, ...COLLECTIONS }).anon);
  const server = createServer((req, res) => {
    before(req, res);
    void middleware(req, res, () => void handle(req, res));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** Sends the request text as it is, and returns the whole response. */
function raw(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    socket.setEncoding("utf8").on("data", (data) => {
      text += data;
    });
    socket.on("close", () => resolve(text)).on("error", reject);
  });
}

describe("Node's messages", () => {
  const heads: Record<string, (res: ServerResponse) => void> = {
    "no writeHead": (res) => res.setHeader("Set-Cookie", "a=1"),
    "an object": (res) => res.writeHead(200, { "Set-Cookie": ["a=1"], Vary: "Origin" }),
    "an object beside headers set before": (res) =>
      res.setHeader("Set-Cookie", "b=2").writeHead(200, { "Set-Cookie": "a=1", vary: "Origin" }),
    "an object with a number and without a value": (res) =>
      res.writeHead(200, { "set-cookie": "a=1", "Content-Length": 4, "X-None": undefined }),
    "a status message and an object": (res) => res.writeHead(200, "Fine", { "Set-Cookie": "a=1" }),
    "a flat array of names and values": (res) => res.writeHead(200, ["Set-Cookie", "a=1", "Vary", "Origin"]),
    "an object and undefined": (res) =>
      (res.writeHead as (...args: unknown[]) => void)(200, { "Set-Cookie": "a=1" }, undefined),
    "null and an object": (res) => (res.writeHead as (...args: unknown[]) => void)(200, null, { "Set-Cookie": "a=1" }),
    "an early flush": (res) => res.setHeader("Set-Cookie", "a=1").flushHeaders(),
    "a second call after a failed one": (res) => {
      assert.throws(() => res.writeHead(9999));
      res.writeHead(200, { "Set-Cookie": "a=1" });
    },
  };
  for (const [name, write] of Object.entries(heads)) {
    it(`keep the application's cookie and the session's with ${name}`, { timeout: 30_000 }, async () => {
      const port = await listen(async (_req, res) => {
        await signInAnonymously();
        write(res);
        res.end("done");
      });
      const response = await fetch(`http://127.0.0.1:${port}/`);
      assert.equal(await response.text(), "done");
      const cookies = response.headers.getSetCookie();
      assert.deepEqual([cookies.length, cookies[0]], [2, "a=1"]);
      assert.match(response.headers.get("vary") ?? "", /Cookie$/);
    });
  }

  it("keep the cookie that earlier middleware sets when the head is written", { timeout: 30_000 }, async () => {
    const port = await listen(
      async (_req, res) => {
        await signInAnonymously();
        res.writeHead(200, { "Content-Type": "text/plain" }).end("done");
      },
      (_req, res) => {
        const writeHead = res.writeHead as (...args: unknown[]) => ServerResponse;
        res.writeHead = (...args: unknown[]) => {
          res.setHeader("Set-Cookie", ["a=1", ...[res.getHeader("Set-Cookie") ?? []].flat().map(String)]);
          return writeHead.apply(res, args);
        };
      },
    );
    const response = await fetch(`http://127.0.0.1:${port}/`);
    assert.equal(response.headers.get("content-type"), "text/plain");
    const cookies = response.headers.getSetCookie();
    assert.deepEqual([cookies.length, cookies[0]], [2, "a=1"]);
  });

  // as the response of serverless-http does
  it("get a response of the API when writeHead returns nothing", { timeout: 30_000 }, async () => {
    const port = await listen(
      (_req, res) => res.destroy(),
      (_req, res) => {
        const writeHead = res.writeHead as (...args: unknown[]) => ServerResponse;
        res.writeHead = ((...args: unknown[]) => void writeHead.apply(res, args)) as unknown as typeof res.writeHead;
      },
    );
    const url = `http://127.0.0.1:${port}/api/collections/users`;
    const signedIn = await fetch(`${url}/auth-anonymously`, { method: "POST" });
    const { token } = await signedIn.json();
    const { status } = await fetch(`${url}/sign-out`, { method: "POST", headers: { authorization: token } });
    assert.deepEqual([signedIn.status, status], [200, 204]);
  });

  it("run their listeners in the context of the request", { timeout: 30_000 }, async () => {
    const port = await listen((req, res) => {
      req.resume().on("end", async () => {
        const { record } = await signInAnonymously();
        res.end(String((await auth())?.record.id === record.id));
      });
    });
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "some" });
    assert.equal(await response.text(), "true");
    assert.ok(response.headers.has("set-cookie"));
  });

  it("run a listener of the response's end in the context of the request", { timeout: 30_000 }, async () => {
    let ended: (id: string | undefined) => void;
    const id = new Promise<string | undefined>((resolve) => {
      ended = resolve;
    });
    const port = await listen((_req, res) => {
      res.on("finish", async () => ended(await auth().then((present) => present?.record.id, String)));
      void signInAnonymously().then(({ record }) => res.end(record.id));
    });
    const response = await fetch(`http://127.0.0.1:${port}/`);
    assert.equal(await id, await response.text());
  });

  it("of HTTP/2 run a listener of earlier middleware in the context of the request", { timeout: 30_000 }, async () => {
    const middleware = anonymous(setUp(memory(), { now: Date.now }).anon);
    let ended: (id: string | undefined) => void;
    const id = new Promise<string | undefined>((resolve) => {
      ended = resolve;
    });
    const server = createHttp2Server((req, res) => {
      res.on("finish", async () => ended(await auth().then((present) => present?.record.id, String)));
      const messages = [req, res] as unknown as [IncomingMessage, ServerResponse];
      void middleware(...messages, () => void signInAnonymously().then(({ record }) => res.end(record.id)));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    try {
      let text = "";
      for await (const piece of session.request({ ":path": "/" }).setEncoding("utf8")) text += piece;
      assert.equal(await id, text);
    } finally {
      session.close();
      server.close();
    }
  });

  it("with a malformed Host do not crash the process", { timeout: 30_000 }, async () => {
    let calls = 0;
    const port = await listen(async (_req, res) => {
      calls++;
      res.end(String(await auth().catch((error: { code: string }) => error.code)));
    });
    for (const host of ["a:99999", "999.999.999.999", "a b"]) {
      assert.match(await raw(port, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`), /^HTTP\/1.1 \d{3}/);
    }
    assert.ok(calls <= 3, "each request is handled at most once");
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), "null");
  });

  it("end a call whose sender left before the body was read", { timeout: 30_000 }, async () => {
    const driver = memory();
    let closed: Promise<unknown> = Promise.resolve();
    const { anon } = setUp({ ...driver, read: (key) => closed.then(() => driver.read(key)) }, { now: Date.now });
    const { token, record } = await anon.signInAnonymously();
    const middleware = anonymous(anon);
    const served = new Promise((resolve) => {
      const server = createServer((req, res) => {
        closed = new Promise((resume) => req.on("close", resume));
        resolve(middleware(req, res, () => undefined));
      });
      servers.push(server);
      server.listen(0, "127.0.0.1", () => {
        const socket = connect((server.address() as AddressInfo).port, "127.0.0.1", () => {
          const head = `PATCH /api/collections/users/records/${record.id} HTTP/1.1\r\nHost: x\r\nAuthorization: ${token}\r\n`;
          socket.write(`${head}Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{"plan":`, () => {
            setTimeout(() => socket.destroy(), 50);
          });
        });
      });
    });
    await served;
    assert.equal((await anon.admin.get(record.id))?.plan, undefined);
  });
});
