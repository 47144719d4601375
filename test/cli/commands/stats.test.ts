import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { prometheusText } from "../../../cli/shared/prometheus.ts";
import { createAnon } from "../../../sdk/index.ts";
import type { Stats } from "../../../sdk/types.ts";
import { open } from "../../../storage-drivers/open.ts";
import { PASSWORD, SECRET } from "../../support/sdk.ts";
import { documents, inDirectory, type RunResult, runHere } from "../run.ts";

/** Two guests, one of them held, and a registered account. */
async function withAccounts(action: (cli: (...args: string[]) => Promise<RunResult>) => Promise<void>): Promise<void> {
  await inDirectory(async (cwd) => {
    const storage = `fs:${cwd}/.anon`;
    const anon = createAnon({ storage: await open(storage), secret: SECRET });
    await anon.signInAnonymously();
    await anon.admin.hold((await anon.signInAnonymously()).record.id);
    await anon.register({ email: "ada@example.com", password: PASSWORD });
    await anon.dispose();
    await action((...args) => runHere(["stats", "--storage", storage, ...args], { cwd }));
  });
}

/** The samples of a text in the format of Prometheus, by name and labels; throws where the format is not kept. */
function parsed(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  const families = new Set<string>();
  let family = "";
  let helped = "";
  assert.ok(text.endsWith("\n"), "the last line ends");
  for (const line of text.slice(0, -1).split("\n")) {
    const [, help] = /^# HELP ([a-z_]+) \S.*$/.exec(line) ?? [];
    const [, typed] = /^# TYPE ([a-z_]+) (?:gauge|counter)$/.exec(line) ?? [];
    if (help) {
      assert.ok(!families.has(help), `${help} comes once`);
      families.add(help);
      helped = help;
    } else if (typed) {
      assert.equal(typed, helped);
      family = typed;
    } else {
      const label = '[a-z_]+="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
      const [, name = "", labels = "", value] =
        new RegExp(`^([a-z_]+)((?:\\{${label}(?:,${label})*\\})?) (-?[0-9.]+(?:e[+-]?[0-9]+)?)$`).exec(line) ?? [];
      assert.equal(name, family, line);
      assert.ok(!samples.has(name + labels), `${line} comes once`);
      samples.set(name + labels, Number(value));
    }
  }
  return samples;
}

describe("anon stats", () => {
  it("counts from the due queue, and says so", () =>
    withAccounts(async (cli) => {
      const text = await cli("--older-than", "0s");
      assert.equal(text.code, 0);
      assert.match(text.stdout, /^collection +users\nqueue accounts +2\n/);
      assert.match(text.stdout, /^due day +2$/m);
      assert.match(text.stdout, /^exact +false$/m);
      assert.doesNotMatch(text.stdout, /null|registered/);
      assert.match(text.stderr, /--exact/);
      const [document] = documents<Stats>(await cli("--json"));
      assert.deepEqual([document?.exact, document?.collections.users?.accounts], [false, null]);
    }));

  it("counts every account with --exact", () =>
    withAccounts(async (cli) => {
      const [document] = documents<Stats & { storage: string }>(await cli("--exact", "--json"));
      const { accounts, held, sessions } = document?.collections.users ?? assert.fail("no users");
      assert.deepEqual(accounts, { anonymous: 2, registered: 1, quarantined: 0, merged: 0 });
      assert.deepEqual([held, sessions, document?.storage.startsWith("fs:")], [1, 2, true]);
      assert.match((await cli("--exact")).stdout, /^registered, active 1d +1$/m);
    }));

  it("prints metrics, without those that are not known", () =>
    withAccounts(async (cli) => {
      const exact = parsed((await cli("--exact", "--prometheus", "--older-than", "0s")).stdout);
      assert.equal(exact.get('anon_accounts{collection="users",state="anonymous"}'), 2);
      assert.equal(exact.get('anon_accounts{collection="users",state="registered"}'), 1);
      assert.equal(exact.get('anon_accounts_held{collection="users"}'), 1);
      assert.equal(exact.get('anon_accounts_active{collection="users",state="registered",age="1d"}'), 1);
      assert.equal(exact.get('anon_accounts_due{collection="users",within="day"}'), 2);
      assert.deepEqual([exact.get("anon_stats_exact"), exact.get("anon_stats_complete")], [1, 1]);
      const cheap = parsed((await cli("--prometheus")).stdout);
      assert.equal(cheap.get('anon_queue_entries{collection="users",kind="account"}'), 2);
      assert.deepEqual(
        [...cheap.keys()].filter((name) => /^anon_(accounts\{|sessions|accounts_due)/.test(name)),
        [],
      );
    }));

  it("counts one collection, and refuses two formats", () =>
    withAccounts(async (cli) => {
      const [document] = documents<Stats>(await cli("--collection", "customers", "--json"));
      assert.deepEqual(Object.keys(document?.collections ?? {}), ["customers"]);
      const both = await cli("--json", "--prometheus");
      assert.equal(both.code, 2);
      assert.match(both.stdout, /--json together with --prometheus/);
      assert.equal((await cli("--older-than", "soon")).code, 2);
    }));
});

describe("the text format of Prometheus", () => {
  it("escapes values of labels", () => {
    const text = prometheusText([
      { name: "anon_test", help: "A test.", type: "gauge", samples: [[{ name: 'a"b\\c\nd' }, 1.5]] },
    ]);
    assert.equal(parsed(text).get('anon_test{name="a\\"b\\\\c\\nd"}'), 1.5);
  });
});
