/** The adapters of frameworks that render pages, without the framework. `test/frameworks` runs them in it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as astro from "../../../sdk/adapters/astro.ts";
import * as reactRouter from "../../../sdk/adapters/react-router.ts";
import * as sveltekit from "../../../sdk/adapters/sveltekit.ts";
import * as tanstackStart from "../../../sdk/adapters/tanstack-start.ts";
import { auth, signInAnonymously } from "../../../sdk/context.ts";
import { AnonError } from "../../../sdk/errors.ts";
import memory from "../../../storage-drivers/memory.ts";
import { refusedAtOnce, setUp } from "../../support/sdk.ts";

/** An error as `handleErrors` gets it, and the headers that it sets. */
function caught(error: unknown) {
  const headers: Record<string, string> = {};
  const setHeaders = (more: Record<string, string>): void => void Object.assign(headers, more);
  return { kind: "unknown", error, event: { setHeaders }, headers };
}

describe("handleErrors of SvelteKit", () => {
  const others: unknown[] = [];
  const handle = sveltekit.handleErrors(
    ({ error }: { kind: string; error: unknown; event: ReturnType<typeof caught>["event"] }) => {
      others.push(error);
      return { message: "of the application" };
    },
  );

  it("gives an error of the SDK its status, its code and Retry-After", () => {
    const input = caught(new AnonError("rate_limited", "Too many", { retryAfter: 60 }));
    assert.deepEqual(handle(input), { status: 429, message: "Too Many Requests.", code: "rate_limited" });
    assert.deepEqual(input.headers, { "retry-after": "60" });
    assert.deepEqual(others.splice(0), []);
  });

  it("shows what is wrong with a field", () => {
    const shown = handle(caught(new AnonError("weak_password", "Cannot use it")));
    assert.match(shown.message, /^Use 8 characters or more/);
  });

  it("reports a failure of the server, and reveals nothing of it", () => {
    const error = new AnonError("storage_corrupt", "Cannot read acc:users:1");
    assert.deepEqual(handle(caught(error)), {
      status: 500,
      message: "Something went wrong while processing your request.",
      code: "internal_error",
    });
    assert.deepEqual(others.splice(0), [error]);
  });

  it("leaves all other errors to the application", () => {
    assert.deepEqual(handle(caught(new Error("other"))), { message: "of the application" });
    assert.equal(others.splice(0).length, 1);
  });

  it("does not fail after the head of the response was sent", () => {
    const setHeaders = (): void => {
      throw new Error("already sent");
    };
    const shown = handle({ ...caught(new AnonError("rate_limited", "Too many")), event: { setHeaders } });
    assert.equal((shown as { status: number }).status, 429);
  });
});

/** What React Router reads of an error that `signInAnonymously` throws in a loader. */
async function thrownInLoader(beforeCreate: () => never) {
  const { anon } = setUp(memory(), { hooks: { beforeCreate } });
  let thrown: unknown;
  const loader = (): Promise<Response> =>
    signInAnonymously().then(
      () => new Response("made"),
      (error) => {
        thrown = error;
        return new Response("failed", { status: 500 });
      },
    );
  await reactRouter.anonymous(anon)({ request: new Request("https://shop.example/") }, loader);
  return thrown as { type?: string; data?: object; init?: { status: number; statusText: string } };
}

describe("errors in React Router", () => {
  it("are data, with what a hook refused with", async () => {
    const beforeCreate = (): never => {
      throw Object.assign(new Error("The shop is closed"), { status: 403 });
    };
    const { type, data, init } = await thrownInLoader(beforeCreate);
    assert.equal(type, "DataWithResponseInit");
    assert.deepEqual(data, { message: "The shop is closed", code: "refused" });
    assert.deepEqual(init, { status: 403, statusText: "The shop is closed", headers: {} });
  });

  it("have no status text that HTTP cannot send", async () => {
    const beforeCreate = (): never => {
      throw Object.assign(new Error("Geschlossen – bis morgen"), { status: 403 });
    };
    const { init } = await thrownInLoader(beforeCreate);
    assert.equal(init?.statusText, "");
  });

  it("are left to React Router if they are failures", async () => {
    const beforeCreate = (): never => {
      throw new Error("A failure of the hook");
    };
    assert.equal((await thrownInLoader(beforeCreate)).type, undefined);
  });
});

describe("errors of server routes in TanStack Start", () => {
  it("are JSON with their status, and printed if they are failures", async (t) => {
    const print = t.mock.method(console, "error", () => undefined);
    const { anon } = setUp(memory());
    const request = new Request("https://shop.example/");
    for (const [code, status, printed] of [
      ["weak_password", 400, 0],
      ["storage_unavailable", 503, 1],
    ] as const) {
      const next = (): never => {
        throw new AnonError(code, "Cannot go on");
      };
      const response = await tanstackStart.anonymous(anon)({ request, next });
      assert.ok(response instanceof Response);
      assert.equal(response.status, status);
      assert.equal(((await response.json()) as { code: string }).code, code);
      assert.equal(print.mock.callCount(), printed);
    }
  });
});

describe("what an application returns or throws for all its visitors", () => {
  const request = () => new Request("https://shop.example/");
  type Route = (work: () => Promise<Response>) => Promise<Response | Error>;
  /** What both frameworks do: the cookies of a request are put on the response object that the application returned. */
  function storeOf(): { cookies: { set(name: string, value: string): void }; addTo(response: Response): Response } {
    const values = new Map<string, string>();
    return {
      cookies: { set: (name, value) => void values.set(name, value) },
      addTo(response) {
        for (const [name, value] of values) response.headers.append("set-cookie", `${name}=${value}; Path=/`);
        return response;
      },
    };
  }
  const adapters: Record<string, (anon: ReturnType<typeof setUp>["anon"]) => Route> = {
    astro: (anon) => {
      const serve = astro.anonymous(anon);
      return async (next) => {
        const { cookies, addTo } = storeOf();
        const url = new URL(request().url);
        const context = { request: request(), url, isPrerendered: false, cookies, clientAddress: "192.0.2.7" };
        return addTo(await serve(context, next));
      };
    },
    sveltekit: (anon) => {
      const serve = sveltekit.anonymous(anon);
      return (work) => {
        const { cookies, addTo } = storeOf();
        const event = { request: request(), cookies, getClientAddress: () => "192.0.2.7" };
        return serve({ event, resolve: async () => addTo(await work()) });
      };
    },
    reactRouter: (anon) => {
      const serve = reactRouter.anonymous(anon);
      return (next) => serve({ request: request() }, next).catch((error) => error);
    },
    tanstackStart: (anon) => {
      const serve = tanstackStart.anonymous(anon);
      return async (work) => {
        const result = await serve({
          request: request(),
          next: async () => ({ response: await work() }),
        }).catch((error) => error);
        return "response" in result ? result.response : result;
      };
    },
  };
  const cookiesOf = ({ headers }: { headers?: Headers }): string[] => headers?.getSetCookie() ?? [];

  for (const [name, adapter] of Object.entries(adapters)) {
    it(`keeps the cookie of no visitor: a response (${name})`, async () => {
      const serve = adapter(setUp(memory()).anon);
      const done = new Response(null, { status: 204 });
      const begin = async (): Promise<Response> => {
        await signInAnonymously();
        return done;
      };
      const [first, second] = [await serve(begin), await serve(begin)].map((shown) => cookiesOf(shown as Response));
      assert.equal(first?.length, 1);
      assert.equal(second?.length, 1);
      assert.notDeepEqual(first, second);
      assert.deepEqual(cookiesOf((await serve(async () => done)) as Response), []);
    });
  }

  it("keeps the cookie of no visitor: an error of TanStack Start", async () => {
    const serve = adapters.tanstackStart?.(setUp(memory()).anon) as Route;
    const missing = Object.assign(new Error("There is no such page"), { isNotFound: true, headers: { "x-own": "1" } });
    const begin = async (): Promise<Response> => {
      await signInAnonymously();
      throw missing;
    };
    const thrown = (await Promise.all([serve(begin), serve(begin)])) as unknown as (typeof missing & Response)[];
    const cookies = thrown.map(cookiesOf);
    assert.deepEqual(
      cookies.map(({ length }) => length),
      [1, 1],
    );
    assert.notDeepEqual(cookies[0], cookies[1]);
    for (const error of thrown) {
      assert.ok(error instanceof Error && error.isNotFound && error.message === missing.message);
      assert.equal(error.headers.get("x-own"), "1");
    }
    assert.deepEqual(missing.headers, { "x-own": "1" });
  });
});

describe("guards of frameworks with pages", () => {
  for (const [name, { guard }] of Object.entries({ astro, sveltekit })) {
    it(`refuse wrong options at once (${name})`, () => {
      const { anon } = setUp(memory());
      refusedAtOnce(() => guard(anon, { guests: "yes" } as never), "invalid_options");
    });

    it(`pass the accounts that the options name, and throw for others (${name})`, async () => {
      const { anon } = setUp(memory(), { capabilities: { anonymous: ["cart:*"], registered: ["cart:*"] } });
      const result = async (options?: object): Promise<string> => {
        const handler = guard(anon, options)(async (event: string) => `${event} ${(await auth())?.record.anonymous}`);
        return handler("passed").catch((error: AnonError) => error.code);
      };
      await anon.run(new Request("https://shop.example/"), async ({ signInAnonymously, convert }) => {
        assert.equal(await result({ guests: true }), "invalid_token");
        await signInAnonymously();
        assert.equal(await result(), "registration_required");
        assert.equal(await result({ capability: "cart:write" }), "passed true");
        assert.equal(await result({ capability: "orders:write" }), "capability_required");
        await convert({ email: "ada@example.com", password: "correct horse battery" });
        assert.equal(await result(), "passed false");
        return new Response();
      });
    });
  }
});

/** Signs up in SvelteKit from an address; returns the code of the error. */
function signUps(limits: object): (getClientAddress: () => string) => Promise<string | undefined> {
  const { anon } = setUp(memory(), { limits });
  const handle = sveltekit.anonymous(anon);
  return async (getClientAddress) => {
    const request = new Request("https://shop.example/", { method: "POST" });
    const event = { request, cookies: { set: () => undefined }, getClientAddress };
    let code: string | undefined;
    const resolve = async (): Promise<Response> => {
      await signInAnonymously().catch((error: AnonError) => {
        code = error.code;
      });
      return new Response();
    };
    await handle({ event, resolve });
    return code;
  };
}

const withoutAddress = (): string => {
  throw new Error("Could not determine clientAddress");
};

describe("the client's address in frameworks with pages", () => {
  const limits = { signUpsPerAddress: { max: 1, per: "1h" } };

  it("counts by itself", async () => {
    const signUp = signUps(limits);
    assert.deepEqual([await signUp(() => "192.0.2.1"), await signUp(() => "192.0.2.2")], [undefined, undefined]);
    assert.equal(await signUp(() => "192.0.2.1"), "rate_limited");
  });

  it("is not limited if the host's adapter never knows one", async () => {
    const signUp = signUps(limits);
    assert.deepEqual([await signUp(withoutAddress), await signUp(withoutAddress)], [undefined, undefined]);
  });

  it("counts as one for all requests without an address, if the adapter knows that of others", async () => {
    const signUp = signUps(limits);
    await signUp(() => "192.0.2.1");
    assert.deepEqual([await signUp(withoutAddress), await signUp(() => "")], [undefined, "rate_limited"]);
  });
});
