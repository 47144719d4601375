/** The real SDK on the model's clock, and how the two are compared. */
import assert from "node:assert/strict";
import type { AnonOptions } from "../../../sdk/contract/options.ts";
import type { AuthData } from "../../../sdk/contract/records.ts";
import type { Engine } from "../../../sdk/engine.ts";
import { AnonError } from "../../../sdk/errors.ts";
import { verifyToken } from "../../../sdk/operations/verify-token.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import { hashPassword } from "../fast-hash.ts";
import { createWorld, type World } from "../world.ts";
import { Application, combine } from "./application.ts";
import type { SignedIn } from "./sessions.ts";
import { type ModelToken, Refusal } from "./shapes.ts";
import { type Model, recordOf } from "./state.ts";

/** One process of the SDK on a storage. */
export interface Real {
  world: World;
  engine: Engine;
  /** The calls of `beforeExpiry`, in the model's format. */
  warnings: string[];
  application: Application;
}

/** A process with these settings. */
export function createReal(driver: AtomicDriver, model: Model): Real {
  const warnings: string[] = [];
  const application = new Application();
  const world = createWorld({ driver, settings: optionsOf(model, warnings, application), hashPassword });
  // one clock for both
  Object.defineProperty(world, "now", { get: () => model.now });
  return { world, engine: world.process(), warnings, application };
}

function optionsOf({ rules, merges }: Model, warnings: string[], application: Application): Partial<AnonOptions> {
  const { sessionTtl, activityResolution, maxSessions, retention, quarantine, warning, lifetime, keep } = rules;
  const { strategy, combines, forbids, forwarding } = rules;
  return {
    ...{ sessionTtl, activityResolution, maxSessions, retention, quarantine, warning },
    ...(lifetime === Number.POSITIVE_INFINITY ? {} : { anonymous: { lifetime } }),
    ...(keep === undefined
      ? {}
      : {
          keep: ({ id, cart }) => {
            assert(!merges.some(([from]) => from === id), "`keep` is not called for a merged guest");
            return cart === keep;
          },
        }),
    merge: { strategy, forwarding, ...(combines ? { combine } : {}) },
    // makes a verified email a way in
    sendMail: () => undefined,
    hooks: {
      ...(warning === 0 ? {} : { beforeExpiry: ({ record, ends }) => void warnings.push(`${record.id} ${ends}`) }),
      ...(forbids ? { beforeMerge: ({ record, guest }) => record.plan !== "paid" && guest.plan !== "paid" } : {}),
      merge: (step) => application.merge(step),
      afterMerge: (done) => application.afterMerge(done),
    },
  };
}

/** Checks that the model and the SDK refuse with the same code, or that `match` accepts both results. */
export async function compare<E, A>(
  expected: () => E,
  actual: () => Promise<A>,
  match: (expected: E, actual: A) => void,
): Promise<void> {
  let wanted: { value: E } | { codes: readonly string[] };
  try {
    wanted = { value: expected() };
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    wanted = { codes: refusal.codes };
  }
  let got: { value: A } | { code: string };
  try {
    got = { value: await actual() };
  } catch (error) {
    if (!(error instanceof AnonError)) throw error;
    got = { code: error.code };
  }
  const actualCode = "code" in got ? got.code : "done";
  const allowed = "codes" in wanted ? wanted.codes : ["done"];
  assert(allowed.includes(actualCode), `the SDK: ${actualCode}, the model: ${allowed.join(" or ")}`);
  if ("value" in wanted && "value" in got) match(wanted.value, got.value);
}

/** Checks the token and the record of a sign-in, and adds the token to the model. */
export function noteToken(
  { engine }: Real,
  model: Model,
  { account, session }: SignedIn,
  { token, record }: AuthData,
): void {
  const claims = verifyToken(engine, token);
  assert(claims, "the returned token is valid");
  if (session.sid === "") session.sid = claims.sid;
  assert.deepEqual(record, recordOf(account));
  assert.deepEqual(
    [claims.id, claims.sid, claims.anonymous, claims.exp],
    [account.id, session.sid, account.anonymous, Math.floor(session.expires / 1_000)],
  );
  model.tokens.push({ text: token, id: claims.id, sid: claims.sid, exp: claims.exp });
}

/** The same for calls that keep a token if its expiry is up to date. */
export function noteAuthenticated(
  real: Real,
  model: Model,
  token: ModelToken,
  expected: SignedIn,
  result: AuthData,
): void {
  const { account, session } = expected;
  const isLatest = account.id === token.id && Math.floor(session.expires / 1_000) === token.exp;
  if (isLatest) assert.equal(result.token, token.text, "a token with the latest expiry is kept");
  else noteToken(real, model, expected, result);
  assert.deepEqual(result.record, recordOf(account));
}
