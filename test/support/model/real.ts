/** The real thing beside the model, on the model's clock, and how the two are compared. */
import assert from "node:assert/strict";
import type { Engine } from "../../../sdk/engine.ts";
import { AnonError } from "../../../sdk/errors.ts";
import { verifyToken } from "../../../sdk/operations/verify-token.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import type { AnonOptions, AuthData } from "../../../sdk/types.ts";
import { hashPassword } from "../fast-hash.ts";
import { createWorld, type World } from "../world.ts";
import type { Entered } from "./sessions.ts";
import { type Model, Refusal, type Rules, recordOf } from "./state.ts";

/** One process of the SDK on a storage. */
export interface Real {
  world: World;
  engine: Engine;
  /** Whom `beforeExpiry` was told of, as the model notes it. */
  told: string[];
}

/** A process with these settings. */
export function createReal(driver: AtomicDriver, model: Model): Real {
  const told: string[] = [];
  const world = createWorld({ driver, settings: optionsOf(model.rules, told), hashPassword });
  // one clock for both
  Object.defineProperty(world, "now", { get: () => model.now });
  return { world, engine: world.process(), told };
}

function optionsOf(rules: Rules, told: string[]): Partial<AnonOptions> {
  const { sessionTtl, activityResolution, maxSessions, retention, quarantine, warning, lifetime, keep } = rules;
  return {
    ...{ sessionTtl, activityResolution, maxSessions, retention, quarantine, warning },
    ...(lifetime === Number.POSITIVE_INFINITY ? {} : { anonymous: { lifetime } }),
    ...(keep === undefined ? {} : { keep: ({ cart }) => cart === keep }),
    ...(warning === 0 ? {} : { hooks: { beforeExpiry: ({ record, ends }) => void told.push(`${record.id} ${ends}`) } }),
  };
}

/** The model and the real thing refuse with the same code, or `match` is satisfied with what both answer. */
export async function agree<E, A>(
  expected: () => E,
  actual: () => Promise<A>,
  match: (expected: E, actual: A) => void,
): Promise<void> {
  let wanted: { value: E } | { code: string };
  try {
    wanted = { value: expected() };
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    wanted = { code: refusal.code };
  }
  let got: { value: A } | { code: string };
  try {
    got = { value: await actual() };
  } catch (error) {
    if (!(error instanceof AnonError)) throw error;
    got = { code: error.code };
  }
  const codes = [got, wanted].map((one) => ("code" in one ? one.code : "done"));
  assert.equal(codes[0], codes[1], `the real thing says ${codes[0]}, the model ${codes[1]}`);
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
