/**
 * The owner of an email proves it while the squatter sets up ways back in, in hundreds of orders of their calls to storage,
 * with clocks that jump past the lease and processes that die. `ANON_INTERLEAVINGS` sets the number of orders, and
 * `ANON_SEED` the seed. A failure prints the seed.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Engine } from "../../../sdk/engine.ts";
import { AnonError } from "../../../sdk/errors.ts";
import { changePassword } from "../../../sdk/operations/change-password.ts";
import { confirmConversion } from "../../../sdk/operations/confirm-conversion.ts";
import { convert } from "../../../sdk/operations/convert.ts";
import { deleteByRef } from "../../../sdk/operations/delete.ts";
import { link } from "../../../sdk/operations/link.ts";
import { merge } from "../../../sdk/operations/merge.ts";
import { requestConversion } from "../../../sdk/operations/request-conversion.ts";
import { requestPasswordReset } from "../../../sdk/operations/request-password-reset.ts";
import { requestVerification } from "../../../sdk/operations/request-verification.ts";
import { resetPassword } from "../../../sdk/operations/reset-password.ts";
import { signInAnonymously } from "../../../sdk/operations/sign-in-anonymously.ts";
import { signInWithIdentity } from "../../../sdk/operations/sign-in-with-identity.ts";
import { signInWithPassword } from "../../../sdk/operations/sign-in-with-password.ts";
import { verifyEmail } from "../../../sdk/operations/verify-email.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import { interleave, type Outcome, WAYS } from "../../support/interleaving.ts";
import { collect } from "../../support/sdk.ts";
import { bySize } from "../../support/size.ts";
import {
  accountsOf,
  checkAlways,
  createWorld,
  dueOf,
  heal,
  LEASE,
  locksOwnedBy,
  PASSWORD,
} from "../../support/world.ts";

const LIMIT = Number(process.env.ANON_INTERLEAVINGS ?? bySize({ full: 400, short: 120 }));
const SEED = Number(process.env.ANON_SEED ?? Math.floor(Math.random() * 1e9));
const ADA = "ada@example.com";
const GOOGLE = { provider: "google", subject: "1", email: ADA, emailVerified: true };
const GITHUB = { provider: "github", subject: "1" };
const LATE = { provider: "github", subject: "2" };
const OWNERS = "the owner's own";

/** The squatter's account and token, the codes mailed to the owner, and the tokens of two guests. */
interface Setting {
  id: string;
  token: string;
  code: string;
  verification: string;
  reset: string;
  other: string;
  trap: string;
}

type Action = (engine: Engine, setting: Setting) => Promise<unknown>;

const proofs: Record<string, Action> = {
  "a provider that has verified it": (engine) => signInWithIdentity(engine, GOOGLE),
  "a mailed code": (engine, { code }) => confirmConversion(engine, code),
  "a verification mail": (engine, { verification }) => verifyEmail(engine, verification),
  "a password reset": (engine, { reset }) => resetPassword(engine, reset, { password: OWNERS }),
};
const squatters: Record<string, Action[]> = {
  "links another identity and signs in with it": [
    (engine, { token }) => link(engine, token, LATE),
    (engine) => signInWithIdentity(engine, LATE),
  ],
  "signs in with password and identity": [
    (engine) => signInWithPassword(engine, ADA, PASSWORD),
    (engine) => signInWithIdentity(engine, GITHUB),
  ],
  "changes the password": [
    (engine, { token }) => changePassword(engine, token, { oldPassword: PASSWORD, password: `${PASSWORD}!` }),
  ],
  "converts a guest with the linked identity": [
    (engine, { other }) => convert(engine, other, {}, undefined, { vouched: { identity: GITHUB } }),
  ],
  "merges a guest": [
    (engine, { trap, token }) => merge(engine, { anonymous: trap, account: token, strategy: "keep-anonymous" }),
  ],
  "deletes the account": [(engine, { id }) => deleteByRef(engine, id)],
};
const EXPECTED = [
  ...["invalid_action_token", "invalid_token", "invalid_credentials", "identity_taken", "not_found", "conflict"],
  // for a code that a guest requested while the account was the squatter's
  "email_taken",
];

async function create(proof: Action, others: Action[], { through }: (typeof WAYS)[number]) {
  const world = createWorld();
  const engine = world.process();
  const enter = async () => (await signInAnonymously(engine)).token;
  const asking = await enter();
  const { token, record } = await convert(engine, await enter(), { email: ADA, password: PASSWORD, username: "ada" });
  await link(engine, token, GITHUB);
  const setting: Setting = {
    ...{ id: record.id, token, other: await enter(), trap: await enter() },
    verification: (await (await requestVerification(engine, ADA))!()).token,
    reset: (await (await requestPasswordReset(engine, ADA))!()).token,
    code: (await (await requestConversion(engine, asking, { email: ADA }))!()).token,
  };
  const healing: Action = (one) => heal(one);
  return {
    driver: world.driver,
    actors: [proof, ...others, healing].map(
      (action, number) => (driver: AtomicDriver) => action(world.process(through(driver, number)), setting),
    ),
    jumps: 2,
    jump: () => {
      world.now += LEASE;
    },
    deaths: 1,
    check: async (outcomes: Outcome[]) => {
      await checkAlways(world);
      for (const outcome of outcomes) {
        if (outcome.state !== "failed") continue;
        const { error } = outcome;
        assert(error instanceof AnonError && EXPECTED.includes(error.code), `${(error as Error)?.stack}`);
      }
      const process = world.process();
      const account = (await accountsOf(world)).find(({ id }) => id === setting.id);
      if (account?.verified) {
        const left = account.identities?.filter(({ emailVerified }) => !emailVerified) ?? [];
        assert.deepEqual(left, [], "no identity is left that has not verified the email");
        const entered = proof === proofs["a provider that has verified it"] || proof === proofs["a mailed code"];
        assert.equal(account.sessions.length, entered ? 1 : 0, "only the owner's session is left");
        for (const password of [PASSWORD, `${PASSWORD}!`]) {
          await assert.rejects(signInWithPassword(process, ADA, password), { code: "invalid_credentials" });
        }
        assert.notEqual((await signInWithIdentity(process, GITHUB))?.record.id, account.id);
        assert.equal(await signInWithIdentity(process, LATE), null);
      } else {
        const isDone = outcomes[0]?.state === "done" && outcomes[0].value !== null;
        assert(!isDone || !account, "an acknowledged proof verified the account");
      }
      world.now += LEASE;
      await heal(process);
      await checkAlways(world);
      const owned = (await accountsOf(world)).flatMap(locksOwnedBy);
      assert.deepEqual(
        (await collect(world.driver.keys("clm:"))).sort(),
        owned.sort(),
        "the locks are those that accounts own",
      );
      assert.deepEqual(
        [...(await dueOf(world)).keys()].filter((key) => key.startsWith("clm:")),
        [],
      );
    },
  };
}

describe(`the owner proves a squatted email (ANON_SEED=${SEED})`, () => {
  for (const [how, proof] of Object.entries(proofs)) {
    for (const [what, others] of Object.entries(squatters)) {
      for (const way of WAYS)
        it(`by ${how} while a squatter ${what}, ${way.name}`, async () => {
          const options = { switches: 3, limit: Math.ceil(LIMIT / 4), random: Math.ceil(LIMIT / 4), seed: SEED };
          const runs = await interleave(() => create(proof, others, way), options);
          assert(runs > 50, `many orders were tried, not ${runs}`);
        });
    }
  }
});
