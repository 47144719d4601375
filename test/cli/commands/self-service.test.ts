import assert from "node:assert/strict";
import { it } from "node:test";
import type { AccountExport, SessionInfo } from "../../../sdk/contract/records.ts";
import { documents, inDirectory, run, SLOW } from "../run.ts";

type Created = { record: { id: string; email: string } };

it("anon sessions lists and ends sessions, and anon export prints the account", SLOW, () =>
  inDirectory(async (cwd) => {
    const [created] = documents<Created>(await run(["create", "--json", "--data", '{"cart":["tea"]}'], { cwd }));
    const { id, email } = created!.record;
    const listed = await run(["sessions", id, "--json"], { cwd });
    const [session] = documents<{ sessions: SessionInfo[] }>(listed)[0]!.sessions;
    const text = await run(["sessions", email], { cwd });
    assert.equal(text.stdout, `${session!.id}\t${session!.created}\t${session!.expires}\n`);

    const exported = documents<AccountExport>(await run(["export", email, "--json"], { cwd }))[0]!;
    assert.deepEqual([exported.record.id, exported.record.cart, exported.sessions], [id, ["tea"], [session]]);
    const pretty = await run(["export", id], { cwd });
    assert.equal((JSON.parse(pretty.stdout) as AccountExport).record.id, id);
    assert(pretty.stdout.split("\n").length > 10);

    const ended = await run(["sessions", id, "--end", session!.id, "--json"], { cwd });
    assert.deepEqual(documents(ended), [{ ended: [session!.id] }]);
    const again = await run(["sessions", id, "--end", session!.id], { cwd });
    assert.equal(again.code, 1);
    assert.match(again.stderr, /\[not_found\]/);
    assert.equal((await run(["export", "aaaaaaaaaaaaaaa"], { cwd })).code, 1);
  }),
);
