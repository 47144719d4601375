/** `anon list` by state and in order. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { createAnon } from "../../../sdk/index.ts";
import type { AnonRecord } from "../../../sdk/types.ts";
import { open } from "../../../storage-drivers/open.ts";
import { PASSWORD, SECRET } from "../../support/sdk.ts";
import { documents, inDirectory, runHere } from "../run.ts";

it("anon list takes --status and --sort, and refuses what contradicts them", () =>
  inDirectory(async (cwd) => {
    const storage = `fs:${cwd}/.anon`;
    const clock = { now: Date.now() };
    const anon = createAnon({ storage: await open(storage), secret: SECRET, now: () => clock.now });
    const { record: guest } = await anon.admin.createUser();
    clock.now += 1_000;
    const ada = await anon.register({ email: "ada@example.com", password: PASSWORD });
    await anon.admin.hold(ada.id);
    await anon.dispose();
    const list = (...args: string[]) => runHere(["list", "--storage", storage, "--json", ...args], { cwd });
    const ids = async (...args: string[]) => documents<AnonRecord>(await list(...args)).map(({ id }) => id);
    assert.deepEqual(await ids("--status", "anonymous"), [guest.id]);
    assert.deepEqual(await ids("--status", "held", "--registered"), [ada.id]);
    assert.deepEqual(await ids("--sort", "created", "--limit", "2"), [guest.id, ada.id]);
    assert.deepEqual(await ids("--sort=-created", "--limit", "2"), [ada.id, guest.id]);
    for (const [args, message] of [
      [["--status", "registerd"], /did you mean registered/],
      [["--status", "registered", "--quarantined"], /--status.*leave one out/],
      [["--sort", "created"], /--sort.*limit/],
      [["--sort", "create", "--limit", "1"], /did you mean created/],
    ] as const) {
      const { code, stdout } = await list(...args);
      assert.equal(code, 2, stdout);
      assert.match(stdout, message);
    }
  }));

it("anon list prints only the --fields that it is asked for, and names those that no account has", () =>
  inDirectory(async (cwd) => {
    const storage = `fs:${cwd}/.anon`;
    const anon = createAnon({ storage: await open(storage), secret: SECRET });
    const { record } = await anon.signInAnonymously({ data: { plan: "free" } });
    await anon.dispose();
    const list = (fields: string, ...more: string[]) =>
      runHere(["list", "--storage", storage, "--fields", fields, ...more], { cwd });
    assert.equal((await list("plan, id")).stdout, `free  ${record.id}\n`);
    const [json] = documents(await list("id,emial,plan", "--json"));
    assert.deepEqual(json, { id: record.id, emial: null, plan: "free" });
    assert.match((await list("id,emial")).stderr, /has the field "emial": did you mean email\?/);
    assert.doesNotMatch((await list("id,plan")).stderr, /has the field/);
    for (const fields of ["", "id,", ","]) assert.equal((await list(fields)).code, 2, fields);
  }));

it("anon list --fields id --json names the collection, so that anon delete - deletes no other account", () =>
  inDirectory(async (cwd) => {
    const storage = `fs:${cwd}/.anon`;
    const anon = createAnon({ storage: await open(storage), secret: SECRET });
    const { record } = await anon.signInAnonymously({ collection: "customers" });
    await anon.dispose();
    const options = ["--storage", storage, "--json"];
    const listed = await runHere(["list", "--collection", "customers", "--fields", "id", ...options], { cwd });
    assert.deepEqual(documents(listed), [{ id: record.id, collectionName: "customers" }]);
    const deleted = await runHere(["delete", "-", "--yes", ...options], { cwd, input: listed.stdout });
    assert.equal(deleted.code, 0, deleted.stdout);
    assert.equal(documents<{ done?: number }>(deleted).at(-1)?.done, 1);
  }));
