import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import type { DoctorReport } from "../../../sdk/contract/retention.ts";
import fs from "../../../storage-drivers/fs/index.ts";
import { fill, needsDisk, onSmallDisk } from "../../support/small-disk.ts";
import { documents, inDirectory, run, SLOW } from "../run.ts";

it("anon doctor counts accounts and lists damaged keys", SLOW, () =>
  inDirectory(async (cwd) => {
    await run(["create", "--count", "3"], { cwd });
    const healthy = await run(["doctor", "--json"], { cwd });
    const [report] = documents<DoctorReport>(healthy);
    assert.equal(healthy.code, 0);
    assert.deepEqual([report?.guarantee, report?.accounts.anonymous, report?.damaged.count], ["host", 3, 0]);
    const driver = fs({ base: join(cwd, ".anon") });
    await driver.swap("acc:users:aaaaaaaaaaaaaaa", null, "damaged");
    await driver.dispose();
    const damaged = await run(["doctor"], { cwd });
    assert.equal(damaged.code, 1);
    assert.match(damaged.stdout, /^damaged keys +acc:users:aaaaaaaaaaaaaaa$/m);
    await writeFile(join(cwd, "anon.config.mjs"), "export default { collections: { users: {} } };");
    assert.equal((await run(["doctor", "--collection", "x"], { cwd })).code, 2);
  }),
);

it("anon doctor repairs a removed due queue, so that gc finds the accounts again", SLOW, () =>
  inDirectory(async (cwd) => {
    await writeFile(join(cwd, "anon.config.json"), '{"activityResolution":"0s"}');
    await run(["create", "--count", "5"], { cwd });
    await rm(join(cwd, ".anon", "due"), { recursive: true });
    const examined = async () =>
      documents<{ examined: number }>(await run(["gc", "--older-than", "0s", "--json"], { cwd }))[0]?.examined;
    assert.equal(await examined(), 0);
    const dry = await run(["doctor", "--dry-run"], { cwd });
    assert.match(dry.stdout, /^queue missing +5\n/m);
    assert.match(dry.stdout, /^queue repaired +0\n/m);
    const [report] = documents<DoctorReport>(await run(["doctor", "--json"], { cwd }));
    assert.deepEqual(report?.queue, { missing: 5, stray: 0, repaired: 5 });
    assert.equal(await examined(), 5);
  }),
);

it("anon doctor reports on a full disk that it repaired nothing", needsDisk, () =>
  onSmallDisk("size=2m", async (base) => {
    const args = (...more: string[]): string[] => ["doctor", "--storage", `fs:${base}`, "--json", ...more];
    await run(["create", "--count", "3", "--storage", `fs:${base}`], { cwd: base });
    await rm(join(base, "due"), { recursive: true });
    fill(base);
    const full = await run(args(), { cwd: base });
    assert.deepEqual(documents<DoctorReport>(full)[0]?.queue, { missing: 3, stray: 0, repaired: 0 });
    assert.equal(full.code, 1);
    assert.equal((await run(args("--dry-run"), { cwd: base })).code, 0);
    await rm(join(base, "filling"));
    const repaired = await run(args(), { cwd: base });
    assert.deepEqual(documents<DoctorReport>(repaired)[0]?.queue, { missing: 3, stray: 0, repaired: 3 });
    assert.equal(repaired.code, 0);
  }),
);
