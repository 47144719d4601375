/** What hooks are given, where they run, and what becomes of what they throw. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { auth, signInAnonymously } from "../../../sdk/context.ts";
import type { HookFailure } from "../../../sdk/contract/hooks.ts";
import type { AnonOptions } from "../../../sdk/contract/options.ts";
import type { AnonError } from "../../../sdk/errors.ts";
import memory from "../../../storage-drivers/memory.ts";
import { setUp } from "../../support/sdk.ts";

type Options = Partial<AnonOptions>;

const ADA = { email: "ada@example.com", password: "correct horse battery" };

describe("hooks", () => {
  it("see only copies, so that what they change is nobody else's", async () => {
    const { anon } = setUp(memory(), {
      hooks: {
        afterCreate: [
          ({ record }) => {
            record.email = "changed";
            (record.cart as string[]).push("changed");
          },
          ({ record }) => {
            assert.notEqual(record.email, "changed");
            assert.deepEqual(record.cart, ["tea"]);
          },
        ],
      },
      onError: ({ error }: HookFailure) => assert.fail(error as Error),
    } as Options);
    const { record } = await anon.signInAnonymously({ data: { cart: ["tea"] } });
    assert.deepEqual(record.cart, ["tea"]);
    assert.notEqual(record.email, "changed");
  });

  it("are added and removed while the program runs, and only those that there are", async () => {
    const { anon } = setUp(memory());
    let calls = 0;
    const hook = (): unknown => calls++;
    const remove = anon.hooks.hook("afterCreate", hook);
    anon.hooks.hookOnce("afterCreate", hook);
    await anon.signInAnonymously();
    assert.equal(calls, 2);
    await anon.signInAnonymously();
    assert.equal(calls, 3);
    remove();
    await anon.signInAnonymously();
    assert.equal(calls, 3);
    anon.hooks.hook("afterCreate", hook);
    anon.hooks.removeHook("afterCreate", hook);
    await anon.signInAnonymously();
    assert.equal(calls, 3);
    const isRefused = (error: AnonError): boolean => error.code === "invalid_options";
    assert.throws(() => anon.hooks.hook("afterAll" as "afterCreate", hook), isRefused);
    assert.throws(() => setUp(memory(), { hooks: { onCreate: hook } } as Options), isRefused);
    assert.throws(() => setUp(memory(), { hooks: { afterCreate: "x" } } as unknown as Options), isRefused);
    assert.throws(() => setUp(memory(), { onEvent: 1 } as unknown as Options), isRefused);
  });

  it("run outside of the request that they are called in, and are given it", async () => {
    const seen: unknown[] = [];
    const { anon } = setUp(memory(), {
      hooks: {
        beforeCreate: async ({ request }) => {
          seen.push(request?.url);
          await assert.rejects(async () => auth(), { code: "outside_request" });
        },
        beforeConvert: ({ request }) => {
          seen.push(request?.url);
        },
      },
    } as Options);
    const request = new Request("https://shop.example/cart");
    await anon.run(request, async (context) => {
      await signInAnonymously();
      await context.convert(ADA);
      return new Response();
    });
    assert.deepEqual(seen, [request.url, request.url]);
  });

  it("answer the HTTP API with the status of 4xx that their error says, and tell nothing of other errors", async () => {
    let error: Error = Object.assign(new Error("Solve the captcha."), { status: 428 });
    const { anon } = setUp(memory(), {
      hooks: {
        beforeCreate: () => {
          throw error;
        },
      },
    } as Options);
    const url = "https://shop.example/api/collections/users/auth-anonymously";
    const answer = async () => {
      const response = await anon.handler(new Request(url, { method: "POST" }));
      return { status: response.status, body: await response.json() };
    };
    assert.deepEqual(await answer(), {
      status: 428,
      body: { status: 428, message: "Solve the captcha.", data: {} },
    });
    error = new TypeError("secret internals");
    const { status, body } = await answer();
    assert.equal(status, 500);
    assert.doesNotMatch(JSON.stringify(body), /internals/);
  });
  it("after something undo nothing when they fail, keep none of the others from being told, and are reported", async () => {
    const failures: HookFailure[] = [];
    let told = 0;
    const { anon } = setUp(memory(), {
      hooks: {
        afterCreate: [
          () => {
            throw new Error("first");
          },
          () => Promise.reject(new Error("second")),
          () => told++,
        ],
      },
      onEvent: () => Promise.reject(new Error("third")),
      onError: (failure: HookFailure) => {
        failures.push(failure);
        throw new Error("even that");
      },
    } as Options);
    const { token } = await anon.signInAnonymously();
    assert(await anon.authenticate(token));
    await new Promise((resume) => setTimeout(resume, 5));
    assert.equal(told, 1);
    assert.deepEqual(
      failures.map(({ hook, error }) => `${hook} ${(error as Error).message}`),
      ["afterCreate first", "afterCreate second", "onEvent third", "onEvent third"],
    );
  });
});
