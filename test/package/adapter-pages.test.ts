/** Runs the servers of docs/adapters.md unchanged, except for port and directory. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, it } from "node:test";
import { freePort } from "../../scripts/run/ports.mjs";
import { findBun } from "../../scripts/run/runtimes.mjs";
import { readText, root } from "./source-tree.ts";

const page = readText("docs/adapters.md");
const servers = [...page.matchAll(/^## (.+)\n+```ts\n([\s\S]*?)^```/gm)].map(([, name = "", code = ""]) => ({
  name,
  code,
}));

// inside the repository, so that "anon-accounts…" resolves to the package itself
const folder = join(root, ".cache", `adapters-${process.pid}`);
const data = mkdtempSync(join(tmpdir(), "anon-adapters-"));
mkdirSync(folder, { recursive: true });
after(() => {
  for (const path of [folder, data]) rmSync(path, { recursive: true, force: true });
});

async function whenListening(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await (await fetch(`${url}/me`)).text();
      return;
    } catch (error) {
      if (tries === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

describe("docs/adapters.md", () => {
  it("has a server for each of the 6 sections", () => assert.equal(servers.length, 6));

  for (const { name, code } of servers) {
    it(`has a working server of under 25 lines: ${name}`, { timeout: 60_000 }, async () => {
      assert.ok(code.trimEnd().split("\n").length < 25);
      const port = await freePort();
      const file = join(folder, `${name.replaceAll(/\W+/g, "-")}.ts`);
      writeFileSync(file, code.replaceAll("3000", `${port}`).replace('".anon"', JSON.stringify(join(data, name))));
      const server = spawn(findBun() as string, [file], {
        stdio: ["ignore", "ignore", "inherit"],
        env: { ...process.env, PORT: `${port}`, ANON_SECRET: "a secret of at least 32 characters, for tests" },
      });
      try {
        const url = `http://localhost:${port}`;
        await whenListening(url);
        const signedIn = await fetch(`${url}/cart`, { method: "POST" });
        assert.equal(signedIn.status, 200, await signedIn.text());
        const [cookie = ""] = signedIn.headers.getSetCookie();
        assert.match(cookie, /^anon=/);
        const me = await (await fetch(`${url}/me`, { headers: { cookie: cookie.split(";")[0] as string } })).json();
        assert.match((me as { id: string }).id, /^[a-z0-9]{15}$/);
        assert.equal((await fetch(`${url}/orders`)).status, 401);
        const orders = await fetch(`${url}/orders`, { headers: { cookie: cookie.split(";")[0] as string } });
        const { data } = (await orders.json()) as { data: { capability?: { code: string } } };
        assert.deepEqual([orders.status, data.capability?.code], [403, "registration_required"]);
        const api = await fetch(`${url}/api/collections/users/auth-anonymously`, { method: "POST" });
        assert.equal(api.status, 200);
      } finally {
        server.kill("SIGKILL");
        await new Promise((resolve) => server.once("close", resolve));
      }
    });
  }
});
