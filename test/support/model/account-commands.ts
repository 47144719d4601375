/** Commands that change, read, hold and collect accounts. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { convert } from "../../../sdk/operations/convert.ts";
import { deleteByRef } from "../../../sdk/operations/delete.ts";
import { deleteAccount } from "../../../sdk/operations/delete-account.ts";
import { exportAccount } from "../../../sdk/operations/export-account.ts";
import { findByEmail } from "../../../sdk/operations/find-by-email.ts";
import { gc } from "../../../sdk/operations/gc.ts";
import { hold } from "../../../sdk/operations/hold.ts";
import { link } from "../../../sdk/operations/link.ts";
import { list } from "../../../sdk/operations/list.ts";
import { release } from "../../../sdk/operations/release.ts";
import { restore } from "../../../sdk/operations/restore.ts";
import { signInWithIdentity } from "../../../sdk/operations/sign-in-with-identity.ts";
import { unlink } from "../../../sdk/operations/unlink.ts";
import { update } from "../../../sdk/operations/update.ts";
import { DAY, collect as everything, HOUR } from "../sdk.ts";
import * as accounts from "./accounts.ts";
import { checkAccount, checkForwarding } from "./check.ts";
import { collect } from "./collect.ts";
import { back, command, type ModelCommand, often, resolve, span, who } from "./command.ts";
import { compare, noteToken, type Real } from "./real.ts";
import { target } from "./sessions.ts";
import type { ModelAccount } from "./shapes.ts";
import { iso, type Model, recordOf } from "./state.ts";

const email = fc.constantFrom("ada@example.com", "Ada@Example.com", "bob@example.com", "eve@example.com");
const username = fc.option(fc.constantFrom("ada", "ADA", "bob"), { nil: undefined, freq: 2 });
const identity = fc.record({ provider: fc.constantFrom("google", "github"), subject: fc.constantFrom("1", "2") });
const outside = fc.oneof(
  identity,
  fc.record({ one: identity, email, emailVerified: fc.boolean() }).map(({ one, ...more }) => ({ ...one, ...more })),
);
/** From many, so that most are not linked to an account yet. */
const vouched = fc.record({
  ...{ provider: fc.constant("oidc"), subject: fc.nat(30).map(String) },
  ...{ email, emailVerified: fc.constant(true) },
});
const patch = fc.constantFrom({ cart: 3 }, { cart: 1 }, { plan: "paid" }, { plan: undefined }, { cart: undefined });

/** Usually valid. */
const registration: fc.Arbitrary<accounts.Registration> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ email, username, password: fc.constant("correct horse"), data: patch }) },
  { weight: 6, arbitrary: fc.record({ identity: outside, username }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<accounts.Registration>(
      { email: "nothing", password: "correct horse", refused: "invalid_email" },
      { email: "anon-aaaaaaaaaaaaaaa@example.com", password: "correct horse", refused: "reserved_email" },
      { email: "new@example.com", password: "short", refused: "weak_password" },
      { identity: { provider: "Google", subject: "1" }, refused: "invalid_identity" },
      { identity: { provider: "google", subject: "9" }, username: "a b", refused: "invalid_username" },
    ),
  },
);

const shown = (expected: ModelAccount, record: unknown): void => assert.deepEqual(record, recordOf(expected));

async function runGc(model: Model, { engine, warnings }: Real, { olderThan, dryRun, batch }: GcInput): Promise<void> {
  const expected = collect(model, olderThan ?? model.rules.retention, dryRun);
  const { cutoff, durationMs: _, dryRun: dry, ...report } = await gc(engine, { olderThan, dryRun, batch });
  assert.deepEqual(report, expected);
  assert.deepEqual([dry, cutoff], [dryRun, iso(model.now - (olderThan ?? model.rules.retention))]);
  assert.deepEqual([...warnings].sort(), [...model.warnings].sort(), "one warning for each period of inactivity");
}

interface GcInput {
  olderThan: number | undefined;
  dryRun: boolean;
  batch: number | undefined;
}

export const ACCOUNT_COMMANDS: readonly fc.Arbitrary<ModelCommand>[] = [
  ...often(
    command("convert", fc.record({ by: who, input: registration }), (model, real, { by, input }) => {
      const { forModel, forSdk } = resolve(model, by);
      const { refused: _, identity, ...given } = input;
      return compare(
        () => accounts.convert(model, forModel, input),
        () => convert(real.engine, forSdk, given, undefined, identity && { vouched: { identity } }),
        (signedIn, auth) => noteToken(real, model, signedIn, auth),
      );
    }),
  ),
  ...often(
    command("signInWithIdentity", fc.oneof(outside, vouched), (model, real, input) =>
      compare(
        () => accounts.signInWithIdentity(model, input),
        () => signInWithIdentity(real.engine, input),
        (signedIn, auth) => {
          assert.equal(
            auth === null,
            signedIn === null,
            signedIn ? "an account has the identity" : "no account has the identity",
          );
          if (signedIn && auth) noteToken(real, model, signedIn, auth);
        },
      ),
    ),
  ),
  ...often(
    command("link", fc.record({ by: who, one: outside }), (model, real, { by, one }) => {
      const { forModel, forSdk } = resolve(model, by);
      return compare(
        () => accounts.link(model, forModel, one),
        () => link(real.engine, forSdk, one),
        shown,
      );
    }),
  ),
  ...often(
    command("unlink", fc.record({ by: who, one: identity }), (model, real, { by, one }) => {
      const { forModel, forSdk } = resolve(model, by);
      return compare(
        () => accounts.unlink(model, forModel, one),
        () => unlink(real.engine, forSdk, one),
        (expected, result) => assert.equal(result, expected),
      );
    }),
  ),
  command(
    "update",
    fc.record({ id: back, data: fc.oneof(patch, fc.constant({ email: "x@example.com" })) }),
    (model, real, { id, data }) =>
      compare(
        () => accounts.update(model, model.id(id), data),
        () => update(real.engine, { id: model.id(id) }, data),
        shown,
      ),
  ),
  command("delete", fc.record({ id: back, onlyAnonymous: fc.boolean() }), (model, real, { id, onlyAnonymous }) =>
    compare(
      () => accounts.remove(model, model.id(id), onlyAnonymous),
      () => deleteByRef(real.engine, model.id(id), { onlyAnonymous }),
      (expected, result) => assert.equal(result, expected),
    ),
  ),
  command("deleteAccount", back, (model, real, token) =>
    compare(
      () => accounts.deleteAccount(model, model.token(token)),
      () => deleteAccount(real.engine, model.token(token).text),
      () => undefined,
    ),
  ),
  command(
    "hold",
    fc.record({ id: back, reason: fc.constantFrom(undefined, "case 17") }),
    (model, real, { id, reason }) =>
      compare(
        () => accounts.hold(model, model.id(id), reason),
        () => hold(real.engine, model.id(id), { reason }),
        shown,
      ),
  ),
  command("release", back, (model, real, id) =>
    compare(
      () => accounts.release(model, model.id(id)),
      () => release(real.engine, model.id(id)),
      shown,
    ),
  ),
  command("restore", back, (model, real, id) =>
    compare(
      () => accounts.restore(model, model.id(id)),
      () => restore(real.engine, model.id(id)),
      shown,
    ),
  ),
  command(
    "gc",
    fc.record({
      olderThan: fc.constantFrom(undefined, undefined, undefined, 0, 2 * HOUR, 5 * DAY),
      dryRun: fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
      batch: fc.constantFrom(undefined, 1, 3),
    }),
    runGc,
  ),
  // ends no session, so that tokens of quarantined accounts are used
  ...often(
    command("idle", fc.nat(2 * HOUR), (model, real, more) => {
      model.now += model.rules.retention + model.rules.activityResolution + more;
      return runGc(model, real, { olderThan: undefined, dryRun: false, batch: undefined });
    }),
  ),
  command(
    "list",
    fc.record({
      anonymous: fc.constantFrom(undefined, true, false),
      quarantined: fc.boolean(),
      inactiveFor: fc.option(span, { nil: undefined }),
    }),
    async (model, { engine }, options) => {
      const records = await everything(list(engine, options));
      const { anonymous, quarantined, inactiveFor } = options;
      const cutoff = inactiveFor === undefined ? Number.POSITIVE_INFINITY : model.now - inactiveFor;
      const expected = [...model.accounts.values()].filter(
        (one) =>
          !one.merged &&
          (one.quarantine !== null) === quarantined &&
          (anonymous === undefined || one.anonymous === anonymous) &&
          one.lastActive + model.rules.activityResolution <= cutoff,
      );
      const sorted = (all: { id: string }[]) => all.sort((one, other) => (one.id < other.id ? -1 : 1));
      assert.deepEqual(sorted(records), sorted(expected.map(recordOf)));
    },
  ),
  command("look", back, async (model, real, id) => {
    await checkForwarding(model, real, model.id(id));
    await checkAccount(model, real, model.id(id));
  }),
  command("findByEmail", email, async (model, { engine }, wanted) => {
    const owner = model.ownerOfEmail(wanted);
    assert.deepEqual(await findByEmail(engine, wanted), owner ? recordOf(owner) : null);
  }),
  command("exportAccount", who, (model, real, by) => {
    const { forModel, forSdk } = resolve(model, by);
    return compare(
      () => target(model, forModel),
      () => exportAccount(real.engine, forSdk),
      ({ account, sid }, exported) => {
        const sessions = account.sessions
          .filter((one) => model.live(account, one.sid))
          .sort((one, other) => one.created - other.created)
          .map(({ sid: id, created, expires }) => ({
            ...{ id, created: iso(created), expires: iso(expires), current: id === sid },
          }));
        assert.deepEqual(exported, {
          exported: iso(model.now),
          record: recordOf(account),
          lastActive: iso(account.lastActive),
          identities: account.identities.map((one) => ({ ...one, linked: iso(one.linked) })),
          sessions,
        });
      },
    );
  }),
];
