/** ALTCHA, with challenges that its own library solves. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Challenge, createChallenge, solveChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";
import { type Altcha, type AltchaOptions, altcha } from "../../../sdk/captcha/altcha.ts";
import type { Duration } from "../../../sdk/types.ts";
import memory from "../../../storage-drivers/memory.ts";
import { refusal, sender } from "../../support/api.ts";
import { OTHER_SECRET, refused, refusedAtOnce, SECRET, setUp } from "../../support/sdk.ts";

const make = (options: Partial<AltchaOptions> = {}): Altcha =>
  altcha({ secret: SECRET, cost: 2, attempts: 20, ...options });

/** Solves a challenge as the widget does, which gets it as JSON. */
async function solve(given: object): Promise<{ challenge: Challenge; solution: object }> {
  const challenge = JSON.parse(JSON.stringify(given)) as Challenge;
  const solution = await solveChallenge({ challenge, deriveKey });
  assert.ok(solution);
  return { challenge, solution };
}

const tokenOf = (payload: unknown): string => btoa(JSON.stringify(payload));
const solved = async (captcha: Altcha): Promise<string> => tokenOf(await solve(await captcha.challenge()));

const creation = (token: string) => ({
  collection: "users",
  anonymous: true,
  data: {},
  request: new Request("https://shop.example", { headers: { "x-captcha-token": token } }),
});

describe("the captcha altcha", () => {
  it("accepts a solved challenge once, also in parallel", async () => {
    const captcha = make();
    const token = await solved(captcha);
    const all = await Promise.allSettled([1, 2, 3].map(() => captcha(creation(token))));
    assert.deepEqual(all.map(({ status }) => status).sort(), ["fulfilled", "rejected", "rejected"]);
    assert.match((await refused(captcha(creation(token)), "creation_refused")).message, /used before/);
    assert.equal(await captcha(creation(await solved(captcha))), true);
  });

  it("takes the work that is set", async () => {
    const { parameters } = (await make({ cost: 7, attempts: 3 }).challenge()) as Challenge;
    assert.equal(parameters.cost, 7);
    for (let i = 0; i < 20; i++) {
      const { solution } = await solve(await make({ attempts: 3 }).challenge());
      const { counter } = solution as { counter: number };
      assert.ok(counter >= 3 && counter <= 6, String(counter));
    }
  });

  it("refuses what is not solved, not its own, changed or malformed", async () => {
    const captcha = make();
    const { challenge, solution } = await solve(await captcha.challenge());
    const { parameters, signature } = challenge;
    const other = await solve(await make({ secret: OTHER_SECRET }).challenge());
    const unsigned = await createChallenge({ algorithm: "PBKDF2/SHA-256", cost: 1, deriveKey });
    const endless = await createChallenge({
      algorithm: "PBKDF2/SHA-256",
      cost: 1,
      deriveKey,
      hmacSignatureSecret: SECRET,
    });
    const wrong: Record<string, unknown> = {
      unsolved: { challenge, solution: {} },
      "wrong solution": { challenge, solution: { ...solution, derivedKey: "00".repeat(32) } },
      "another secret": other,
      "solution of another": { challenge, solution: other.solution },
      easier: { challenge: { signature, parameters: { ...parameters, keyPrefix: "0", cost: 1 } }, solution },
      "without its key signature": {
        challenge: { signature, parameters: { ...parameters, keySignature: undefined } },
        solution,
      },
      later: { challenge: { signature, parameters: { ...parameters, expiresAt: 9e9 } }, solution },
      unsigned: await solve(unsigned),
      endless: await solve(endless),
      "no signature": { challenge: { parameters }, solution },
      "signature of another type": { challenge: { parameters, signature: [signature] }, solution },
      "no parameters": { challenge: { signature }, solution },
      "no challenge": { solution },
      "no solution": { challenge },
      null: null,
      number: 1,
      array: [challenge, solution],
    };
    for (const [what, payload] of Object.entries(wrong)) {
      await refused(captcha(creation(tokenOf(payload))), "creation_refused").catch((error) => {
        throw new Error(what, { cause: error });
      });
    }
    for (const token of ["", "not Base64!", btoa("not JSON")]) {
      await refused(captcha(creation(token)), "creation_refused");
    }
    assert.equal(await captcha(creation(tokenOf({ challenge, solution }))), true, "a refused attempt uses up nothing");
  });

  it("refuses a challenge after its life", async () => {
    const captcha = make({ expiresIn: "1s" });
    const token = await solved(captcha);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    assert.match((await refused(captcha(creation(token)), "creation_refused")).message, /expired/);
  });

  it("lets an application note used challenges for all processes", async () => {
    const used = new Map<string, number>();
    const markUsed = async (challenge: string, expires: number): Promise<boolean> => {
      if (used.has(challenge)) return false;
      used.set(challenge, expires);
      return true;
    };
    const token = await solved(make());
    assert.equal(await make({ markUsed })(creation(token)), true);
    await refused(make({ markUsed })(creation(token)), "creation_refused");
    const [[challenge, expires] = ["", 0]] = [...used];
    assert.match(challenge, /^[0-9a-f]{64}$/);
    const minutes = (expires - Date.now()) / 60_000;
    assert.ok(minutes > 8 && minutes <= 10, `expires in ${minutes} minutes`);
    const failing = make({
      markUsed: () => {
        throw new Error("unreachable");
      },
    });
    const error = await refused(failing(creation(await solved(failing))), "captcha_unavailable");
    assert.match(String(error.cause), /unreachable/);
  });

  it("lets the API create one account for each solved challenge", async () => {
    const captcha = make();
    const { anon } = setUp(memory(), { hooks: { beforeCreate: captcha } });
    const send = sender(anon);
    const headers = { "x-captcha-token": await solved(captcha), "idempotency-key": "9f1c2b7e-1b0c-4b44" };
    refusal(await send("POST", "users/auth-anonymously"), 403);
    const first = await send("POST", "users/auth-anonymously", { headers });
    assert.equal(first.status, 200);
    assert.equal((await send("POST", "users/auth-anonymously", { headers })).body.record.id, first.body.record.id);
    const again = { ...headers, "idempotency-key": "9f1c2b7e-1b0c-4b45" };
    refusal(await send("POST", "users/auth-anonymously", { headers: again }), 403);
  });

  it("refuses wrong options at once", () => {
    for (const wrong of [
      { secret: undefined },
      { secret: "short" },
      { cost: 0 },
      { cost: 1.5 },
      { attempts: 0 },
      { token: "a header" },
      { maxNumber: 5 } as object,
    ]) {
      refusedAtOnce(() => make(wrong), "invalid_options");
    }
    refusedAtOnce(() => make({ expiresIn: "soon" as Duration }), "invalid_duration");
  });
});
