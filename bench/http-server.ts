/** The server of the HTTP rows, with the compared routes side by side. Prints its port, and exits when stdin closes. */
import process from "node:process";
import memory from "../storage-drivers/memory.ts";
import { anonOver } from "./accounts.ts";

const { Bun } = globalThis;

const anon = anonOver(memory());
const guest = await anon.signInAnonymously();
const url = "http://127.0.0.1/api/collections/users/auth-anonymously";
const constant = await (await anon.handler(new Request(url, { method: "POST" }))).text();
const json = { headers: { "Content-Type": "application/json", "Cache-Control": "no-store" } };

const { port } = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    if (anon.isApiRequest(request)) return anon.handler(request);
    const { pathname } = new URL(request.url);
    if (pathname === "/constant") {
      // a server reads the body of a POST
      await request.text();
      return new Response(constant, json);
    }
    if (pathname === "/plain") return new Response(guest.record.id);
    return anon.run(request, async ({ auth }) => new Response((await auth())?.record.id ?? "signed out"));
  },
});
console.log(JSON.stringify({ port, token: guest.token, id: guest.record.id }));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
