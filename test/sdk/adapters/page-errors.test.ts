/** What the adapters of frameworks with pages of their own make of errors. `test/frameworks` runs them in the frameworks. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as astro from "../../../sdk/adapters/astro.ts";
import * as sveltekit from "../../../sdk/adapters/sveltekit.ts";
import { auth } from "../../../sdk/context.ts";
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
