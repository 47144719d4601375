/** The real thing beside the model, on the model's clock, and how the two are compared. */
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
import type { Entered } from "./sessions.ts";
import { type ModelToken, Refusal } from "./shapes.ts";
import { type Model, recordOf } from "./state.ts";

/** One process of the SDK on a storage. */
export interface Real {
  world: World;
  engine: Engine;
  /** Whom `beforeExpiry` was told of, as the model notes it. */
  told: string[];
  application: Application;
}

/** A process with these settings. */
export function createReal(driver: AtomicDriver, model: Model): Real {
  const told: string[] = [];
  const application = new Application();
  const world = createWorld({ driver, settings: optionsOf(model, told, application), hashPassword });
  // one clock for both
  Object.defineProperty(world, "now", { get: () => model.now });
  return { world, engine: world.process(), told, application };
}

function optionsOf({ rules, merges }: Model, told: string[], application: Application): Partial<AnonOptions> {
  const { sessionTtl, activityResolution, maxSessions, retention, quarantine, warning, lifetime, keep } = rules;
  const { strategy, combines, forbids, forwarding } = rules;
  return {
    ...{ sessionTtl, activityResolution, maxSessions, retention, quarantine, warning },
    ...(lifetime === Number.POSITIVE_INFINITY ? {} : { anonymous: { lifetime } }),
    ...(keep === undefined
      ? {}
      : {
          keep: ({ id, cart }) => {
            assert(!merges.some(([from]) => from === id), "nobody is asked about a guest that was merged");
            return cart === keep;
          },
        }),
    merge: { strategy, forwarding, ...(combines ? { combine } : {}) },
    // a verified email is a way in
    sendMail: () => undefined,
    hooks: {
      ...(warning === 0 ? {} : { beforeExpiry: ({ record, ends }) => void told.push(`${record.id} ${ends}`) }),
      ...(forbids ? { beforeMerge: ({ record, guest }) => record.plan !== "paid" && guest.plan !== "paid" } : {}),
      merge: (step) => application.merge(step),
      afterMerge: (done) => application.told(done),
    },
  };
}

/** The model and the real thing refuse with the same code, or `match` is satisfied with what both answer. */
export async function agree<E, A>(
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
  const says = "code" in got ? got.code : "done";
  const may = "codes" in wanted ? wanted.codes : ["done"];
  assert(may.includes(says), `the real thing says ${says}, the model ${may.join(" or ")}`);
  if ("value" in wanted && "value" in got) match(wanted.value, got.value);
}

/** Notes the token of whoever was let in, which is the session's that the model says. */
export function noteToken(
  { engine }: Real,
  model: Model,
  { account, session }: Entered,
  { token, record }: AuthData,
): void {
  const claims = verifyToken(engine, token);
  assert(claims, "what is answered is good");
  if (session.sid === "") session.sid = claims.sid;
  assert.deepEqual(record, recordOf(account));
  assert.deepEqual(
    [claims.id, claims.sid, claims.anonymous, claims.exp],
    [account.id, session.sid, account.anonymous, Math.floor(session.expires / 1_000)],
  );
  model.tokens.push({ text: token, id: claims.id, sid: claims.sid, exp: claims.exp });
}

/** The same where a token that is as good as it can be stays. */
export function noteAuthenticated(
  real: Real,
  model: Model,
  token: ModelToken,
  expected: Entered,
  answer: AuthData,
): void {
  const { account, session } = expected;
  const isLatest = account.id === token.id && Math.floor(session.expires / 1_000) === token.exp;
  if (isLatest) assert.equal(answer.token, token.text, "a token that is as good stays");
  else noteToken(real, model, expected, answer);
  assert.deepEqual(answer.record, recordOf(account));
}
