/** Turnstile, hCaptcha and reCAPTCHA, against a server that verifies tokens as they do. */
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { after, afterEach, before, describe, it } from "node:test";
import { hCaptcha } from "../../../sdk/captcha/hcaptcha.ts";
import { reCaptcha } from "../../../sdk/captcha/recaptcha.ts";
import type { SiteVerifyOptions } from "../../../sdk/captcha/site-verify.ts";
import type { CaptchaHook } from "../../../sdk/captcha/token.ts";
import { turnstile } from "../../../sdk/captcha/turnstile.ts";
import type { AnonError } from "../../../sdk/errors.ts";
import type { Duration } from "../../../sdk/types.ts";
import memory from "../../../storage-drivers/memory.ts";
import { refusal, sender } from "../../support/api.ts";
import { startServer } from "../../support/client.ts";
import { collect, PASSWORD, refused, refusedAtOnce, setUp } from "../../support/sdk.ts";
import { SERVICE_SECRET, type SiteVerifyServer, startSiteVerify } from "../../support/site-verify.ts";

let server: SiteVerifyServer;
let count = 0;

/** A token that the service accepts once. */
const solved = (parts: object = {}): string => JSON.stringify({ hostname: "shop.example", ...parts, n: count++ });

const creation = (token?: string, address?: string) => ({
  collection: "users",
  anonymous: true,
  data: {},
  request: new Request("https://shop.example", token === undefined ? {} : { headers: { "x-captcha-token": token } }),
  address,
});

const SERVICES: Record<string, (options: Partial<SiteVerifyOptions>) => CaptchaHook> = {
  turnstile: (options) => turnstile({ secret: SERVICE_SECRET, url: server.url, ...options }),
  hCaptcha: (options) => hCaptcha({ secret: SERVICE_SECRET, url: server.url, ...options }),
  reCaptcha: (options) => reCaptcha({ secret: SERVICE_SECRET, url: server.url, ...options }),
};

before(async () => {
  server = await startSiteVerify();
});
afterEach(() => {
  server.mode = "normal";
  server.received.length = 0;
});
after(() => server.stop());

for (const [name, make] of Object.entries(SERVICES)) {
  describe(`the captcha ${name}`, () => {
    it("accepts a solved token once, and sends the secret, the token and the address", async () => {
      const captcha = make({});
      const token = solved();
      assert.equal(await captcha(creation(token, "192.0.2.1")), true);
      assert.deepEqual(server.received, [{ secret: SERVICE_SECRET, response: token, remoteip: "192.0.2.1" }]);
      const { message } = await refused(captcha(creation(token)), "creation_refused");
      assert.match(message, new RegExp(`^Cannot create this account: ${name} .*\\(timeout-or-duplicate\\)$`));
    });

    it("refuses a missing, empty or wrong token; without one it does not ask the service", async () => {
      const captcha = make({});
      const { message } = await refused(captcha(creation()), "creation_refused");
      assert.match(message, /x-captcha-token/);
      await refused(captcha(creation("")), "creation_refused");
      await refused(captcha({ ...creation(), request: undefined }), "creation_refused");
      assert.equal(server.received.length, 0);
      const wrong = await refused(captcha(creation("wrong")), "creation_refused");
      assert.match(wrong.message, /invalid-input-response/);
    });

    it("refuses a token of another host", async () => {
      for (const hostname of ["shop.example", ["shop.example", "www.shop.example"]]) {
        const captcha = make({ hostname });
        assert.equal(await captcha(creation(solved())), true);
        for (const other of ["evil.example", "shop.example.evil.example", null, undefined, ["shop.example"]]) {
          await refused(captcha(creation(solved({ hostname: other }))), "creation_refused");
        }
      }
    });

    it("refuses with 503 if the service fails, is late or responds with something else", async () => {
      const captcha = make({ timeout: "300ms" });
      const modes: SiteVerifyServer["mode"][] = [
        "hang",
        "hang in the body",
        "garbage",
        "empty object",
        "array",
        "500",
        "500 success",
        "break",
      ];
      for (const mode of modes) {
        server.mode = mode;
        const error: AnonError = await refused(captcha(creation(solved())), "captcha_unavailable");
        assert.equal(error.status, 503);
        assert.match(error.message, /^Cannot verify the captcha: .*[^.]$/);
        if (mode.startsWith("hang")) assert.match(error.message, /did not respond within 300 ms/);
      }
      const nowhere = make({ url: "http://127.0.0.1:1/" });
      await refused(nowhere(creation(solved())), "captcha_unavailable");
    });

    it("is unavailable if the service does not accept the secret, and no error shows it", async () => {
      const secret = "another-secret-key";
      const error = await refused(make({ secret })(creation(solved())), "captcha_unavailable");
      assert.match(error.message, /invalid-input-secret/);
      assert.ok(!`${error.stack} ${JSON.stringify(error)}`.includes(secret));
    });

    it("shows of the service's response only what has the form of a code", async () => {
      const codes = ["timeout-or-duplicate", "<script>", 7, "x".repeat(100), null];
      const send = async () => Response.json({ success: false, "error-codes": codes });
      const error = await refused(make({ fetch: send })(creation("token")), "creation_refused");
      assert.match(error.message, / \(timeout-or-duplicate\)$/);
      const plain = make({ fetch: async () => Response.json({ success: false, "error-codes": "no" }) });
      assert.match((await refused(plain(creation("token")), "creation_refused")).message, /token$/);
    });

    it("reads the token where `token` says", async () => {
      const token = solved();
      const request = new Request("https://shop.example", { headers: { "x-proof": token } });
      assert.equal(await make({ token: "X-Proof" })({ ...creation(), request }), true);
      const own = make({ token: async ({ data }) => data.captcha as string });
      assert.equal(await own({ ...creation(), data: { captcha: solved() }, request: undefined }), true);
      for (const absent of ["", null, undefined]) {
        await refused(make({ token: () => absent })(creation(solved())), "creation_refused");
      }
    });

    it("does not send what is no address", async () => {
      for (const address of ["unknown", "", undefined]) await make({})(creation(solved(), address));
      for (const address of ["2001:db8::1", "::ffff:192.0.2.1"]) await make({})(creation(solved(), address));
      assert.deepEqual(
        server.received.map(({ remoteip }) => remoteip),
        [undefined, undefined, undefined, "2001:db8::1", "::ffff:192.0.2.1"],
      );
    });

    it("refuses wrong options at once", () => {
      for (const wrong of [
        { secret: undefined },
        { secret: " " },
        { secret: 1 as unknown as string },
        { url: "siteverify" },
        { token: "a header" },
        { token: 1 as unknown as string },
        { secretKey: "misspelt" } as object,
      ]) {
        refusedAtOnce(() => make(wrong), "invalid_options");
      }
      refusedAtOnce(() => make({ timeout: "5 seconds" as Duration }), "invalid_duration");
    });
  });
}

describe("the captcha turnstile", () => {
  it("refuses a token of another action", async () => {
    const captcha = turnstile({ secret: SERVICE_SECRET, url: server.url, action: "sign_up" });
    assert.equal(await captcha(creation(solved({ action: "sign_up" }))), true);
    for (const action of ["login", undefined, ""]) {
      await refused(captcha(creation(solved({ action }))), "creation_refused");
    }
  });
});

describe("the captcha hCaptcha", () => {
  it("sends the key of the site", async () => {
    await hCaptcha({ secret: SERVICE_SECRET, url: server.url, siteKey: "10000000-ffff" })(creation(solved()));
    assert.equal(server.received[0]?.sitekey, "10000000-ffff");
  });
});

describe("the captcha reCaptcha", () => {
  const make = (options: object = {}) => reCaptcha({ secret: SERVICE_SECRET, url: server.url, ...options });

  it("accepts tokens of v2, which have no score", async () => {
    assert.equal(await make()(creation(solved())), true);
  });

  it("requires 0.5 of a token of v3 without `minimumScore`, because v3 accepts every visitor", async () => {
    assert.equal(await make()(creation(solved({ score: 0.5 }))), true);
    for (const score of [0.4, 0, null, "0.9"]) await refused(make()(creation(solved({ score }))), "creation_refused");
  });

  it("requires `minimumScore` and `action`, and refuses a token without them", async () => {
    const strict = make({ minimumScore: 0.7, action: "sign_up" });
    assert.equal(await strict(creation(solved({ score: 0.7, action: "sign_up" }))), true);
    for (const parts of [
      {},
      { action: "sign_up" },
      { score: 0.6, action: "sign_up" },
      { score: 0.9 },
      { score: 0.9, action: "login" },
    ]) {
      await refused(strict(creation(solved(parts))), "creation_refused");
    }
    assert.equal(await make({ minimumScore: 0 })(creation(solved({ score: 0 }))), true);
  });

  it("refuses a score that is none", () => {
    for (const minimumScore of [-0.1, 1.1, Number.NaN, "0.5"]) {
      refusedAtOnce(() => make({ minimumScore }), "invalid_options");
    }
  });
});

describe("a captcha as beforeCreate", () => {
  function start(options: object = {}) {
    const driver = memory();
    const beforeCreate = turnstile({ secret: SERVICE_SECRET, url: server.url, timeout: "2s" });
    const set = (): ReturnType<typeof setUp> => setUp(driver, { hooks: { beforeCreate }, ...options });
    const { anon } = set();
    return { anon, send: sender(anon, undefined, { remoteAddress: "192.0.2.7" }), another: () => set().anon };
  }

  it("lets the API create an account only with a token, and says what is missing", async () => {
    const { anon, send } = start();
    const missing = await send("POST", "users/auth-anonymously");
    refusal(missing, 403);
    assert.equal(missing.body.code, "creation_refused");
    assert.match(missing.body.message, /the captcha's token is missing, send it in the header x-captcha-token\.$/);
    const headers = { "x-captcha-token": solved() };
    assert.equal((await send("POST", "users/auth-anonymously", { headers })).status, 200);
    assert.equal(server.received[0]?.remoteip, "192.0.2.7");
    refusal(await send("POST", "users/auth-anonymously", { headers }), 403);
    server.mode = "500";
    const down = await send("POST", "users/auth-anonymously", { headers: { "x-captcha-token": solved() } });
    refusal(down, 503);
    assert.equal(down.body.code, "captcha_unavailable");
    assert.equal((await collect(anon.admin.list())).length, 1);
  });

  it("gets the token of the client by its fetch, and lets it try again with another one", async () => {
    const beforeCreate = turnstile({ secret: SERVICE_SECRET, url: server.url });
    const shop = await startServer({ hooks: { beforeCreate } });
    try {
      let token = "wrong";
      const client = shop.open({
        fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, "x-captcha-token": token } }),
      });
      await assert.rejects(client.signInAnonymously(), { code: "creation_refused", status: 403 });
      assert.equal(client.session.get().status, "signedOut");
      token = solved();
      assert.equal((await client.signInAnonymously()).anonymous, true);
      await client.refresh();
      assert.equal(server.received.length, 2);
    } finally {
      await shop.stop();
    }
  });

  it("can read the token from the form that a page sends", async () => {
    const beforeCreate = turnstile({
      secret: SERVICE_SECRET,
      url: server.url,
      token: async ({ request }) => {
        const form = await request?.clone().formData();
        return form?.get("cf-turnstile-response")?.toString();
      },
    });
    const { anon } = setUp(memory(), { hooks: { beforeCreate } });
    const post = (token: string, first?: (request: Request) => Promise<unknown>): Promise<Response> => {
      const body = new URLSearchParams({ "cf-turnstile-response": token, size: "M" });
      const request = new Request("https://shop.example/guest", { method: "POST", body });
      return anon.run(request, async ({ signInAnonymously }) => {
        await first?.(request);
        const { record } = await signInAnonymously();
        return Response.json([record.id, (await request.formData()).get("size")]);
      });
    };
    const [id, size] = (await (await post(solved())).json()) as string[];
    assert.ok(await anon.admin.get(id as string));
    assert.equal(size, "M");
    await refused(post(""), "creation_refused");
    const late = await refused(
      post(solved(), (request) => request.text()),
      "creation_refused",
    );
    assert.ok(late.cause instanceof TypeError, "the body was read before");
    assert.equal((await collect(anon.admin.list())).length, 1);
  });

  it("can read the token from a store of the application, for calls whose request has no such header", async () => {
    const tokens = new AsyncLocalStorage<string>();
    const beforeCreate = turnstile({ secret: SERVICE_SECRET, url: server.url, token: () => tokens.getStore() });
    const { anon } = setUp(memory(), { hooks: { beforeCreate } });
    const visitor = () => anon.visitor({ headers: new Headers() });
    await tokens.run(solved(), () => visitor().signInAnonymously());
    await refused(visitor().signInAnonymously(), "creation_refused");
  });

  it("asks for a token to register, and for none to convert, sign in or continue a session", async () => {
    const { anon, send } = start();
    const body = { email: "ada@example.com", password: PASSWORD, passwordConfirm: PASSWORD };
    refusal(await send("POST", "users/records", { body }), 403);
    const first = await send("POST", "users/auth-anonymously", { headers: { "x-captcha-token": solved() } });
    const { token } = first.body;
    assert.equal((await send("POST", "users/auth-anonymously", { token })).status, 200);
    const request = new Request("https://shop.example/", { headers: { cookie: `__Host-anon=${token}` } });
    const page = await anon.run(request, async ({ signInAnonymously }) =>
      Response.json((await signInAnonymously()).record.id),
    );
    assert.equal(await page.json(), first.body.record.id);
    assert.equal((await send("POST", "users/convert", { body, token })).status, 200);
    const signedIn = { identity: "ada@example.com", password: PASSWORD };
    assert.equal((await send("POST", "users/auth-with-password", { body: signedIn })).status, 200);
    assert.equal(server.received.length, 1);
  });

  it("uses a token once for all requests with one idempotency key", async () => {
    const { send } = start();
    const headers = { "x-captcha-token": solved(), "idempotency-key": "9f1c2b7e-1b0c-4b44" };
    const visit = () => send("POST", "users/auth-anonymously", { headers });
    const all = await Promise.all([visit(), visit(), visit()]);
    all.push(await visit());
    assert.deepEqual(
      all.map(({ status }) => status),
      [200, 200, 200, 200],
    );
    assert.equal(new Set(all.map(({ body }) => body.record.id)).size, 1);
    assert.equal(server.received.length, 1);
  });

  it("lets requests with one key and token through in two processes", async () => {
    const { send, another } = start();
    const elsewhere = sender(another());
    const headers = { "x-captcha-token": solved(), "idempotency-key": "9f1c2b7e-1b0c-4b45" };
    const visits = [send, elsewhere].map((each) => each("POST", "users/auth-anonymously", { headers }));
    const [one, two] = await Promise.all(visits);
    assert.deepEqual([one?.status, two?.status], [200, 200]);
    assert.equal(one?.body.record.id, two?.body.record.id);
  });

  it("counts a refused token as a sign-up of its address, and a failure of the service not", async () => {
    const { send } = start({ limits: { signUpsPerAddress: { max: 2, per: "1h" } } });
    server.mode = "500";
    for (let i = 0; i < 3; i++) {
      refusal(await send("POST", "users/auth-anonymously", { headers: { "x-captcha-token": solved() } }), 503);
    }
    server.mode = "normal";
    for (let i = 0; i < 2; i++) refusal(await send("POST", "users/auth-anonymously"), 403);
    refusal(await send("POST", "users/auth-anonymously", { headers: { "x-captcha-token": solved() } }), 429);
  });

  it("refuses calls without a request, unless the application lets them through", async () => {
    const { anon } = start();
    await refused(anon.signInAnonymously(), "creation_refused");
    await refused(anon.admin.createUser(), "creation_refused");
    const captcha = turnstile({ secret: SERVICE_SECRET, url: server.url });
    const { anon: open } = setUp(memory(), {
      hooks: { beforeCreate: (creation) => creation.request === undefined || captcha(creation) },
    });
    await open.admin.createUser();
    refusal(await sender(open)("POST", "users/auth-anonymously"), 403);
  });
});
