import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import type { DoctorReport } from "../../sdk/types.ts";
import fs from "../../storage-drivers/fs/index.ts";
import { documents, inDirectory, run, SLOW } from "./run.ts";

it("anon doctor counts, and names what it cannot read", SLOW, () =>
  inDirectory(async (cwd) => {
    await run(["create", "--count", "3"], { cwd });
    const healthy = await run(["doctor", "--json"], { cwd });
    const [report] = documents<DoctorReport>(healthy);
    assert.equal(healthy.code, 0);
    assert.deepEqual([report?.guarantee, report?.accounts.anonymous, report?.damaged.count], ["host", 3, 0]);
    const driver = fs({ base: join(cwd, ".anon") });
    await driver.swap("acc:users:aaaaaaaaaaaaaaa", null, "damaged");
    await driver.dispose();
    const ill = await run(["doctor"], { cwd });
    assert.equal(ill.code, 1);
    assert.match(ill.stdout, /^damaged keys +acc:users:aaaaaaaaaaaaaaa$/m);
    await writeFile(join(cwd, "anon.config.mjs"), "export default { collections: { users: {} } };");
    assert.equal((await run(["doctor", "--collection", "x"], { cwd })).code, 2);
  }),
);
