/**
 * Overlapping requests of one browser with a cookie jar, which run in any order and whose responses arrive in any order.
 * `ANON_TEST_SEED` sets the seed, which a failure prints.
 */
import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { RequestContext } from "../../../sdk/contract/requests.ts";
import type { AnonError } from "../../../sdk/errors.ts";
import memory from "../../../storage-drivers/memory.ts";
import { Browser, type Sent } from "../../support/browser.ts";
import { untilEnough } from "../../support/minimums.ts";
import { collect, DAY, setUp } from "../../support/sdk.ts";
import { bySize } from "../../support/size.ts";

const SEED = Number(process.env.ANON_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
// registers with identities, because hashing a password takes as long as 100 requests
const OTHER = { provider: "oidc", subject: "other" };
const RUNS = bySize({ full: 700, short: 100 });
const LENGTH = 12;
/** Totals of all runs: responses that arrived, runs in which the browser registered, and so on. */
const seen = { requests: 0, registered: 0, late: 0, renewed: 0, quarantined: 0 };
const MINIMUMS = bySize({
  full: { requests: 10_000, registered: 200, late: 1_000, renewed: 50, quarantined: 50 },
  short: { requests: 1_000, registered: 20, late: 100, renewed: 5, quarantined: 5 },
});

/**
 * What a request does. Returns the account that its response signs the browser in to, `null` when it removes the cookie,
 * and `undefined` when the cookie's account does not change.
 */
type Action = (context: RequestContext, wait: () => Promise<void>, at: number) => Promise<string | null | undefined>;

/** Signs in; an existing guest stays. */
async function signIn(context: RequestContext): Promise<string | undefined> {
  const before = (await context.auth())?.record.id;
  const { record } = await context.signInAnonymously();
  return record.id === before ? undefined : record.id;
}

/** Requests that must never remove a cookie, nor turn a registered browser into a guest. */
const NON_DESTRUCTIVE: Record<string, Action> = {
  look: async (context, wait) => {
    await wait();
    await context.auth();
    return undefined;
  },
  "sign in": async (context, wait) => {
    await wait();
    return signIn(context);
  },
  "look, then sign in": async (context, wait) => {
    const before = (await context.auth())?.record.id;
    await wait();
    const { record } = await context.signInAnonymously();
    return record.id === before ? undefined : record.id;
  },
  register: async (context, wait, at) => {
    await wait();
    await context.signInAnonymously();
    return (await context.convertWithIdentity({ provider: "oidc", subject: `ada${at}` })).record.id;
  },
  "register, sent twice": async (context, wait) => {
    await wait();
    return (await context.convertWithIdentity({ provider: "oidc", subject: "ada" })).record.id;
  },
};

/** All requests, including those with which a visitor ends a session on purpose. */
const ALL_ACTIONS: Record<string, Action> = {
  ...NON_DESTRUCTIVE,
  "sign out": async (context, wait) => {
    await wait();
    await context.signOut();
    return context.request.headers.has("cookie") ? null : undefined;
  },
  "delete the account": async (context, wait) => {
    await wait();
    await context.deleteAccount();
    return null;
  },
  "end the session": async (context, wait) => {
    const present = await context.auth();
    await wait();
    await context.endSession(present?.claims.sid ?? "none");
    return null;
  },
  "sign in to another account": async (context, wait) => {
    await wait();
    return (await context.signInWithIdentity(OTHER))?.record.id;
  },
};
/** What the browser's cookie holds at the beginning. */
const STARTS = ["nothing", "a guest", "a guest who signed out", "a guest who was deleted", "garbage"] as const;

interface RequestInFlight {
  name: string;
  /** The account of the request's cookie. */
  accountAtSend: string | undefined;
  sent: Sent<string | null | undefined>;
  go: () => void;
  order: number;
}

interface Plan {
  start: (typeof STARTS)[number];
  /** Each sends a request, runs one or delivers a response; `which` selects one of those that are possible. */
  steps: { kind: Step; action: string; which: number }[];
}

type Step = "send" | "run" | "arrive" | "renewal" | "quarantine" | "restore";
const STEPS: readonly Step[] = ["send", "send", "run", "arrive"];

const planOf = (actions: string[], kinds: readonly Step[] = STEPS): fc.Arbitrary<Plan> =>
  fc.record({
    start: fc.oneof(fc.constant("a guest" as const), fc.constantFrom(...STARTS)),
    steps: fc.array(
      fc.record({
        kind: fc.constantFrom(...kinds),
        action: fc.constantFrom(...actions),
        which: fc.nat(1_000),
      }),
      { minLength: LENGTH, maxLength: 3 * LENGTH },
    ),
  });

/** The account of the cookie's token, valid or not. */
function accountOf(cookie: string): string | undefined {
  const [, payload = ""] = /^__Host-anon=[^.]+\.([\w-]+)\./.exec(cookie) ?? [];
  return payload.length < 9
    ? undefined
    : (JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))).id as string);
}

/** Executes a plan. At the end every request has run and every response has arrived. */
async function execute(plan: Plan, actions: Record<string, Action>) {
  const { anon, clock } = setUp(memory(), { limits: false, sessionTtl: "60d", quarantine: "90d" });
  const account = await anon.signInAnonymously();
  const other = await anon.convertWithIdentity(account.token, OTHER);
  const browser = new Browser(anon, "https://shop.example/", () => clock.now);
  const cookieAccount = (): string | undefined => accountOf(browser.request().headers.get("cookie") ?? "");
  if (plan.start === "garbage") browser.jar.set("__Host-anon", "a.b.c");
  if (plan.start.startsWith("a guest")) {
    const { answer } = await browser.visit((context) => context.signInAnonymously());
    if (plan.start === "a guest who signed out") await anon.signOut(answer.token);
    if (plan.start === "a guest who was deleted") await anon.admin.delete(answer.record.id);
  }
  const waiting: RequestInFlight[] = [];
  const answered: RequestInFlight[] = [];
  const registered = new Set<string>();
  let sentSoFar = 0;
  let arrivedLast = -1;

  const send = (name: string): void => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const order = sentSoFar++;
    const accountAtSend = cookieAccount();
    const sent = browser.send(async (context) => {
      try {
        const outcome = await (actions[name] as Action)(context, () => promise, order);
        const present = await context.auth();
        if (present?.record.anonymous === false && present.record.id !== other.record.id)
          registered.add(present.record.id);
        return outcome;
      } catch (error) {
        if (typeof (error as AnonError).code !== "string") throw error;
        return undefined;
      }
    });
    waiting.push({ name, accountAtSend, sent, go: resolve, order });
  };
  const run = async (which: number): Promise<void> => {
    const [flight] = waiting.splice(which % waiting.length, 1) as [RequestInFlight];
    flight.go();
    await flight.sent.done;
    answered.push(flight);
  };
  const arrive = async (which: number): Promise<void> => {
    const [flight] = answered.splice(which % answered.length, 1) as [RequestInFlight];
    const before = cookieAccount();
    const outcome = await flight.sent.receive();
    seen.requests++;
    if (flight.order < arrivedLast) seen.late++;
    arrivedLast = flight.order;
    const sets = (flight.sent.response?.headers.getSetCookie() ?? []).length > 0;
    if (outcome === undefined && sets) {
      seen.renewed++;
      assert(
        before !== undefined || flight.accountAtSend !== undefined,
        `"${flight.name}" set a cookie that the browser did not have`,
      );
      assert.equal(cookieAccount(), flight.accountAtSend, `"${flight.name}" renewed the cookie of another account`);
    } else
      assert.equal(cookieAccount() ?? null, outcome === undefined ? (before ?? null) : outcome, `"${flight.name}"`);
  };
  const age = async (kind: Step): Promise<void> => {
    if (kind === "renewal") clock.now += 35 * DAY;
    if (kind === "quarantine") seen.quarantined += (await anon.admin.gc({ olderThan: "20d" })).quarantined;
    if (kind !== "restore") return;
    for (const { id } of await collect(anon.admin.list({ quarantined: true }))) await anon.admin.restore(id);
  };

  for (const { kind, action, which } of plan.steps) {
    if (kind === "send") send(action);
    else if (kind === "run" && waiting.length > 0) await run(which);
    else if (kind === "arrive" && answered.length > 0) await arrive(which);
    else await age(kind);
  }
  while (waiting.length > 0) await run(plan.steps.length);
  for (let which = plan.steps.length; answered.length > 0; which += 7) await arrive(which);
  return { anon, browser, registered };
}

function nonDestructiveRequests() {
  return fc.asyncProperty(planOf(Object.keys(NON_DESTRUCTIVE)), async (plan) => {
    const { anon, browser, registered } = await execute(plan, NON_DESTRUCTIVE);
    const { answer } = await browser.visit((context) => context.auth());
    // requests without a common cookie cannot be recognized as one browser's
    if (registered.size > 0 && plan.start === "a guest") {
      seen.registered++;
      assert(answer, "the browser that registered is signed out");
      assert(registered.has(answer.record.id), "the browser that registered is a guest");
    } else if (plan.steps.some(({ kind, action }) => kind === "send" && /sign in/.test(action))) {
      assert(answer, "the browser that signed in is signed out");
    }
    if (plan.start === "a guest") {
      assert.equal((await collect(anon.admin.list())).length, 2, "a browser that was signed in has another account");
    }
  });
}

function allRequests() {
  const kinds: Step[] = [...STEPS, ...STEPS, ...STEPS, "renewal", "quarantine", "restore"];
  return fc.asyncProperty(planOf(Object.keys(ALL_ACTIONS), kinds), async (plan) => {
    await execute(plan, ALL_ACTIONS);
  });
}

describe(`a browser whose responses arrive in any order (ANON_TEST_SEED=${SEED})`, () => {
  it("stays registered after it registers, and never loses a live session", { timeout: 300_000 }, async () => {
    await fc.assert(nonDestructiveRequests(), { seed: SEED, numRuns: RUNS });
  });

  it("has the account of the last response that signed it in or out, through renewal, quarantine and restoring", {
    timeout: 300_000,
  }, async () => {
    await fc.assert(allRequests(), { seed: SEED, numRuns: RUNS });
  });

  it("is renewed, registered and quarantined often enough in these runs", { timeout: 300_000 }, () =>
    untilEnough(seen, MINIMUMS, async (number) => {
      for (const property of [nonDestructiveRequests(), allRequests()])
        await fc.assert(property, { seed: SEED + number, numRuns: 1 });
    }),
  );

  it("is signed in again after its account was restored, despite requests in the meantime", async () => {
    const visits = fc.array(fc.constantFrom("look", "late"), { minLength: 1, maxLength: 6 });
    const property = fc.asyncProperty(visits, async (kinds) => {
      const { anon, clock } = setUp(memory(), { quarantine: "30d", sessionTtl: "90d" });
      const browser = new Browser(anon);
      const { answer } = await browser.visit((context) => context.signInAnonymously());
      clock.now += 40 * DAY;
      assert.equal((await anon.admin.gc({ olderThan: "30d" })).quarantined, 1);
      const late: Sent<unknown>[] = [];
      for (const kind of kinds) {
        const sent = browser.send((context) => context.auth());
        if (kind === "late") late.push(sent);
        else assert.equal(await sent.receive(), null);
      }
      await Promise.all(late.map(({ done }) => done));
      await anon.admin.restore(answer.record.id);
      for (const sent of late.reverse()) await sent.receive();
      const { answer: again } = await browser.visit((context) => context.auth());
      assert.equal(again?.record.id, answer.record.id);
    });
    await fc.assert(property, { seed: SEED, numRuns: 50 });
  });
});
