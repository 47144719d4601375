/** Runs the `curl` commands of docs/http.md. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { describe, it } from "node:test";
import memory from "../../../../storage-drivers/memory.ts";
import { needs } from "../../../support/needs.ts";
import { setUp } from "../../../support/sdk.ts";
import { serve } from "../../../support/server.ts";

const hasCurl = spawnSync("curl", ["--version"]).status === 0;

/** The shell commands of the page, each by its path in the API. */
async function commandsOfPage(): Promise<Map<string, string>> {
  const page = await readFile(new URL("../../../../docs/http.md", import.meta.url), "utf8");
  const [, block = ""] = /```sh\n([\s\S]*?)```/.exec(page) ?? [];
  const joined = block.replaceAll("\\\n", " ").trim().split("\n");
  return new Map(joined.map((line) => [/\$api\/([\w-]+)/.exec(line)?.[1] ?? "api", line.replace(/\s+#.*$/, "")]));
}

/** Runs a command line in a shell with these variables, and returns its output. */
function shell(line: string, variables: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", line], {
      env: { ...process.env, ...variables },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(output) : reject(new Error(`${line}: exit code ${code}`))));
  });
}

describe("docs/http.md", () => {
  it("signs in, refreshes, converts and deletes with its curl commands", needs(hasCurl, "no curl"), async () => {
    const { anon } = setUp(memory(), { now: Date.now });
    const server = await serve((request) => anon.handler(request));
    try {
      const commands = await commandsOfPage();
      assert.equal(commands.get("api"), "api=http://localhost:3000/api/collections/users");
      const run = async (path: string, variables: Record<string, string> = {}): Promise<string> => {
        const line = commands.get(path);
        assert.ok(line, `a command for ${path}`);
        const api = `${server.url}/api/collections/users`;
        return await shell(line.replace(/^curl/, "curl -sS --fail-with-body"), { api, ...variables });
      };
      const guest = JSON.parse(await run("auth-anonymously"));
      assert.equal(guest.record.anonymous, true);
      assert.equal(JSON.parse(await run("me", { token: guest.token })).record.id, guest.record.id);
      const refreshed = JSON.parse(await run("auth-refresh", { token: guest.token }));
      assert.equal(refreshed.record.id, guest.record.id);
      const { code } = JSON.parse(await run("transfer-code", { token: refreshed.token }));
      const other = JSON.parse(await run("auth-with-transfer-code", { code }));
      assert.equal(other.record.id, guest.record.id);
      const { token, record } = JSON.parse(await run("convert", { token: refreshed.token }));
      assert.deepEqual([record.id, record.anonymous, record.email], [guest.record.id, false, "ada@example.com"]);
      // converting ended the guest's session
      await assert.rejects(run("auth-refresh", { token: guest.token }), /exit code 22/);
      assert.equal(await run("records", { token, id: record.id }), "");
      assert.equal(await anon.admin.get(record.id), null);
    } finally {
      await server.stop();
    }
  });
});
