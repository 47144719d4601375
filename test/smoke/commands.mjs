// The commands of the README over a storage, each in a process of its own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { manifest, root } from "./packed.mjs";

/** Runs the built CLI with a storage; `bin` is the one of the repository by default. */
export function anon({ cwd, url, bin = join(root, manifest.bin.anon), input = "" }, ...args) {
  const env = { ...process.env, ANON_STORAGE: url, ANON_SECRET: "a secret of at least 32 characters!" };
  return spawnSync(process.execPath, [bin, ...args], { cwd, encoding: "utf8", env, input });
}

/** Creates accounts, converts one, deletes the inactive ones, and lists what is left. */
export function checkCommands({ cwd, url }) {
  writeFileSync(join(cwd, "anon.config.json"), '{"activityResolution":"0s"}');
  const json = (input, ...args) => {
    const { status, stdout, stderr } = anon({ cwd, url, input }, ...args, "--json");
    assert.equal(status, 0, stderr);
    return stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  };
  const created = json("", "create", "--count", "5");
  const [{ record }] = created;
  assert.equal(new Set(created.map(({ record }) => record.id)).size, 5);
  const register = ["convert", record.email, "--email", "ada@example.com", "--password-stdin"];
  const [converted] = json("correct horse battery\n", ...register);
  assert.equal(converted.record.id, record.id);
  const [report] = json("", "gc", "--older-than", "0s");
  assert.equal(report.deleted, 4);
  const listed = json("", "list");
  assert.deepEqual(
    listed.map(({ id, email, anonymous }) => [id, email, anonymous]),
    [[record.id, "ada@example.com", false]],
  );
}
