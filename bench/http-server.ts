/**
 * The server of the HTTP rows, with the compared routes side by side: Bun's own on Bun, the adapter of node:http on Node.
 * Prints its port, and exits when stdin closes.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { anonymous } from "../sdk/adapters/node.ts";
import { auth } from "../sdk/context.ts";
import { createAnon } from "../sdk/index.ts";
import memory from "../storage-drivers/memory.ts";
import { SECRET } from "./accounts.ts";

// one address sends all requests: it is counted, and never refused
const limits = { signUpsPerAddress: { max: 1_000_000_000, per: "1h" } } as const;
const anon = createAnon({ storage: memory(), secret: SECRET, limits });
const guest = await anon.signInAnonymously();
const url = "http://127.0.0.1/api/collections/users/auth-anonymously";
const constant = await (await anon.handler(new Request(url, { method: "POST" }))).text();
const headers = { "Content-Type": "application/json", "Cache-Control": "no-store" };

const port = "Bun" in globalThis ? onBun() : await onNode();
console.log(JSON.stringify({ port, token: guest.token, id: guest.record.id }));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

function onBun(): number {
  const page = async () => new Response(guest.record.id);
  const { port } = globalThis.Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    // not an async function, as in README: it would wait once more for what is a promise already
    fetch(request) {
      if (anon.isApiRequest(request)) return anon.handler(request);
      const { pathname } = new URL(request.url);
      if (pathname === "/constant") {
        // a server reads the body of a POST
        return request.text().then(() => new Response(constant, { headers }));
      }
      if (pathname === "/plain") return page();
      return anon.run(request, async ({ auth }) => new Response((await auth())?.record.id ?? "signed out"));
    },
  });
  return port as number;
}

async function onNode(): Promise<number> {
  const middleware = anonymous(anon);
  const text = (length: number) => ({ "Content-Type": "text/plain", "Content-Length": length });
  const server = createServer((req, res) => {
    if (req.url === "/constant") {
      req.resume().on("end", () => {
        res.writeHead(200, { ...headers, "Content-Length": constant.length });
        res.end(constant);
      });
      return;
    }
    if (req.url === "/plain") {
      res.writeHead(200, text(guest.record.id.length));
      res.end(guest.record.id);
      return;
    }
    void middleware(req, res, async () => {
      const id = (await auth())?.record.id ?? "signed out";
      res.writeHead(200, text(id.length));
      res.end(id);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
