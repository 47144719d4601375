/** The arguments of hooks, where they run, and how their errors are handled. */
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
  it("get copies, so that their changes affect nothing else", async () => {
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

  it("can be added and removed at any time, and unknown names are refused", async () => {
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

  it("run outside the context of the request, which is passed to them", async () => {
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

  it("set a 4xx status of the HTTP response by their error, and other errors reveal nothing", async () => {
    let error: Error = Object.assign(new Error("Solve the captcha."), { status: 428 });
    const { anon } = setUp(memory(), {
      hooks: {
        beforeCreate: () => {
          throw error;
        },
      },
    } as Options);
    const url = "https://shop.example/api/collections/users/auth-anonymously";
    const respond = async () => {
      const response = await anon.handler(new Request(url, { method: "POST" }));
      return { status: response.status, body: await response.json() };
    };
    assert.deepEqual(await respond(), {
      status: 428,
      body: { status: 428, code: "refused", message: "Solve the captcha.", data: {} },
    });
    error = new TypeError("secret internals");
    const { status, body } = await respond();
    assert.equal(status, 500);
    assert.doesNotMatch(JSON.stringify(body), /internals/);
  });
  it("that run after an effect do not undo it or stop other hooks when they fail, and their errors are reported", async () => {
    const failures: HookFailure[] = [];
    let calls = 0;
    const { anon } = setUp(memory(), {
      hooks: {
        afterCreate: [
          () => {
            throw new Error("first");
          },
          () => Promise.reject(new Error("second")),
          () => calls++,
        ],
      },
      onEvent: () => Promise.reject(new Error("third")),
      onError: (failure: HookFailure) => {
        failures.push(failure);
        throw new Error("in onError");
      },
    } as Options);
    const { token } = await anon.signInAnonymously();
    assert(await anon.authenticate(token));
    await new Promise((resume) => setTimeout(resume, 5));
    assert.equal(calls, 1);
    assert.deepEqual(
      failures.map(({ hook, error }) => `${hook} ${(error as Error).message}`),
      ["afterCreate first", "afterCreate second", "onEvent third", "onEvent third"],
    );
  });
});
