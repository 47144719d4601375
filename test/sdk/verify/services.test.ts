/** Services in other processes, with libraries of other authors, verify by the keys that `handler` serves. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { createAnon } from "../../../sdk/create-anon.ts";
import type { ServiceKey } from "../../../sdk/types.ts";
import memory from "../../../storage-drivers/memory.ts";
import { serviceKey } from "../../support/service-keys.ts";

const SECRET = "a secret of at least 32 characters!";
const SLOW = { timeout: 120_000 };

const pathOf = (name: string): string => fileURLToPath(new URL(`../../support/services/${name}`, import.meta.url));

const python = process.env.ANON_TEST_PYTHON;
const noPython =
  python === undefined && "no python3 with PyJWT and cryptography (Debian: python3-jwt, python3-cryptography)";
if (noPython && process.env.ANON_REQUIRE_PYTHON === "1")
  throw new Error(`ANON_REQUIRE_PYTHON=1, but there is ${noPython}`);
if (noPython) console.log(`SKIPPED, verification in Python: ${noPython}`);

const SERVICES = [
  { name: "jose", command: [process.execPath, ...("Deno" in globalThis ? ["run", "-A"] : []), pathOf("jose.mjs")] },
  { name: "PyJWT", command: [python ?? "", pathOf("pyjwt.py")], skip: noPython },
];

describe("services in other processes", () => {
  for (const { name, command, skip = false } of SERVICES) {
    it(`with ${name} accept accounts and refuse guests, also after a rotation`, { ...SLOW, skip }, async () => {
      const storage = memory();
      const first = serviceKey("first");
      let answer: (request: Request) => Promise<Response> = async () => new Response();
      const server = createServer(async (request, response) => {
        const { status, body } = await answer(new Request(`http://localhost${request.url}`)).then(async (got) => ({
          status: got.status,
          body: await got.text(),
        }));
        response.writeHead(status, { "content-type": "application/json" }).end(body);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const withKeys = (keys: ServiceKey[]) => {
        const anon = createAnon({ storage, secret: SECRET, serviceTokens: { issuer, keys: { keys } } });
        answer = anon.handler;
        return anon;
      };
      const anon = withKeys([first]);
      const [program = "", ...args] = command;
      const service = spawn(program, [...args, issuer, "orders"], { stdio: ["ignore", "pipe", "inherit"] });
      try {
        let port = "";
        for await (const line of createInterface(service.stdout)) {
          port = line;
          break;
        }
        const call = async (token: string) => {
          const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { authorization: token } });
          return response.ok ? ((await response.json()) as { sub: string }).sub : response.status;
        };
        const guest = await anon.signInAnonymously();
        const ofGuest = await anon.issueServiceToken(guest.token, { audience: "orders" });
        assert.equal(await call(ofGuest.token), 401);
        const input = { email: "ada@example.com", password: "correct horse battery" };
        const { token, record } = await anon.convert(guest.token, input);
        const inFlight = await anon.issueServiceToken(token, { audience: "orders" });
        assert.equal(await call(inFlight.token), record.id);
        const forOthers = await anon.issueServiceToken(token, { audience: "mail" });
        assert.equal(await call(forOthers.token), 401);
        const [head, , signature] = inFlight.token.split(".");
        assert.equal(await call(`${head}.${ofGuest.token.split(".")[1]}.${signature}`), 401);
        assert.equal(await call(token), 401);

        const rotated = withKeys([first, serviceKey("second", "EdDSA", { nbf: 1 })]);
        const fresh = await rotated.issueServiceToken(token, { audience: "orders" });
        assert.equal(JSON.parse(atob(fresh.token.split(".")[0]!)).kid, "second");
        assert.equal(await call(fresh.token), record.id);
        assert.equal(await call(inFlight.token), record.id);
      } finally {
        service.kill();
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    });
  }
});
