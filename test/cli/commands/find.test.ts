/** Commands find an account by its id, its email or its username. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Anon } from "../../../sdk/contract/anon.ts";
import type { AccountStatus } from "../../../sdk/contract/retention.ts";
import { createAnon } from "../../../sdk/index.ts";
import { open } from "../../../storage-drivers/open.ts";
import { PASSWORD, SECRET } from "../../support/sdk.ts";
import { documents, inDirectory, type RunResult, runHere } from "../run.ts";

async function withAccounts(
  action: (cli: (...args: string[]) => Promise<RunResult>, anon: Anon) => Promise<void>,
): Promise<void> {
  await inDirectory(async (cwd) => {
    const storage = `fs:${cwd}/.anon`;
    const anon = createAnon({ storage: await open(storage), secret: SECRET });
    await action((...args) => runHere([...args, "--storage", storage, "--json"], { cwd }), anon);
    await anon.dispose();
  });
}

const idOf = (result: RunResult): unknown => documents<{ id?: string }>(result)[0]?.id;

describe("an account on the command line", () => {
  it("is found by its username, whatever its case, and a guest by anon_<id>", () =>
    withAccounts(async (cli, anon) => {
      const ada = await anon.register({ email: "ada@example.com", password: PASSWORD, username: "Ada.L" });
      const { record: guest } = await anon.admin.createUser();
      assert.equal(idOf(await cli("show", "ada.l")), ada.id);
      assert.equal(idOf(await cli("show", `anon_${guest.id}`)), guest.id);
      const status = await cli("show", "ADA.L", "--status");
      assert.equal(documents<AccountStatus>(status)[0]?.record.id, ada.id);
      assert.equal(idOf(await cli("hold", "ada.l")), ada.id);
      assert.equal((await cli("sessions", "ada.l")).code, 0);
      const unknown = await cli("show", "ada.m");
      assert.deepEqual(
        [unknown.code, documents<{ error: { code: string } }>(unknown)[0]?.error.code],
        [1, "not_found"],
      );
    }));

  it("is the one with the id, if the username of another one is the same text", () =>
    withAccounts(async (cli, anon) => {
      await anon.admin.importAccount({ id: "Ada", email: "first@example.com" });
      await anon.register({ email: "second@example.com", password: PASSWORD, username: "ada" });
      await anon.register({ email: "third@example.com", password: PASSWORD, username: "Ada_2" });
      assert.equal(idOf(await cli("show", "Ada")), "Ada");
      assert.equal(idOf(await cli("hold", "Ada")), "Ada");
    }));

  it("is never found by a username of the form of an id, which may have been another account's", () =>
    withAccounts(async (cli, anon) => {
      const { record } = await anon.admin.createUser();
      await anon.admin.delete(record.id);
      await anon.register({ email: "ada@example.com", password: PASSWORD, username: record.id });
      assert.equal((await anon.admin.findByUsername(record.id))?.email, "ada@example.com");
      for (const command of ["show", "hold", "sessions", "export"]) {
        assert.equal((await cli(command, record.id)).code, 1, command);
      }
    }));
});
