import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { CookieOptions } from "../../../sdk/contract/http.ts";
import { cookiesFor, deletedCookies, readCookie, serialize } from "../../../sdk/http/cookie.ts";
import { cookieSettings } from "../../../sdk/settings/cookie.ts";
import { refusedAtOnce } from "../../support/sdk.ts";

const DAY = 86_400_000;
const request = (url: string, headers: Record<string, string> = {}): Request => new Request(url, { headers });
const set = (url: string, options?: CookieOptions, headers?: Record<string, string>): string =>
  cookiesFor(request(url, headers), cookieSettings(options), "a.b.c", DAY).map(serialize).join(" | ");
const read = (url: string, cookie: string, options?: CookieOptions): readonly string[] =>
  readCookie(request(url, { cookie }), cookieSettings(options));

describe("the cookie", () => {
  it("is protected from scripts, other sites and other hosts by default", () => {
    const attributes = set("https://shop.example/cart").split("; ").sort();
    assert.deepEqual(attributes, [
      "HttpOnly",
      "Max-Age=86400",
      "Path=/",
      "SameSite=Lax",
      "Secure",
      "__Host-anon=a.b.c",
    ]);
  });

  it("is secure behind a proxy that terminates TLS", () => {
    for (const url of ["http://shop.example/", "http://10.0.0.7:3000/", "http://localhost.example/"]) {
      assert.match(set(url), /^__Host-anon=.*Secure/);
    }
    for (const url of ["http://localhost/", "http://127.0.0.1:3000/"]) {
      assert.match(set(url, {}, { "x-forwarded-proto": "https" }), /^__Host-anon=.*Secure/);
    }
  });

  it("has a plain name on localhost over http, which is read over https too", () => {
    for (const url of ["http://localhost:3000/", "http://shop.localhost/", "http://127.0.0.1/", "http://[::1]:80/"]) {
      const cookie = set(url);
      assert.match(cookie, /^anon=a\.b\.c; /);
      assert.doesNotMatch(cookie, /Secure/);
    }
    assert.deepEqual(read("http://localhost/", "anon=x"), ["x"]);
    // a developer who switches between http and https stays signed in
    const both = set("https://localhost/", {}, { cookie: "anon=x" });
    assert.match(both, /^__Host-anon=a\.b\.c;.* \| anon=a\.b\.c; (?!.*Secure)/);
    assert.match(set("https://localhost/", {}, { cookie: "anonymous=x" }), /^__Host-anon=[^|]*$/);
    assert.deepEqual(read("https://localhost/", "anon=x; __Host-anon=y"), ["y", "x"]);
    assert.deepEqual(read("https://shop.example/", "anon=x"), []);
    assert.deepEqual(read("http://shop.example/", "anon=x; __Host-anon=y"), ["y"]);
  });

  it("has the configured attributes", () => {
    const wide = set("https://a.shop.example/", { name: "session", domain: "shop.example", sameSite: "strict" });
    assert.match(wide, /^__Secure-session=.*Domain=shop\.example.*SameSite=Strict/);
    assert.match(set("https://shop.example/", { path: "/app" }), /^__Secure-anon=.*Path=\/app/);
    assert.match(
      set("https://shop.example/", { sameSite: "none", partitioned: true }),
      /SameSite=None.*; Partitioned$/,
    );
    const bare = set("http://shop.example/", { secure: false, httpOnly: false, persistent: false });
    assert.deepEqual(bare.split("; ").sort(), ["Path=/", "SameSite=Lax", "anon=a.b.c"]);
  });

  it("is removed under every name that the request may have", () => {
    const settings = cookieSettings();
    const cleared = deletedCookies(request("https://localhost/"), settings).map(serialize);
    assert.deepEqual(
      cleared.map((cookie) => cookie.split(";")[0]),
      ["__Host-anon=", "anon="],
    );
    for (const cookie of cleared) assert.match(cookie, /Max-Age=0/);
    assert.equal(deletedCookies(request("https://shop.example/"), settings).length, 1);
  });

  it("refuses attributes that would break the header or that browsers refuse", () => {
    const wrong: Record<string, unknown>[] = [
      { name: "" },
      { name: "a;b" },
      { name: "a\nb" },
      { name: "a=b" },
      { name: "__Host-anon" },
      { name: "__secure-anon" },
      { name: 5 },
      { path: "app" },
      { path: "/;Domain=evil.example" },
      { path: "/\r\nSet-Cookie: a=b" },
      { domain: "" },
      { domain: "localhost" },
      { domain: ".shop.example" },
      { domain: "shop.example; Secure" },
      { domain: "shop.example/" },
      { domain: "1.2.3.4" },
      { domain: "Shop.example" },
      { sameSite: "Lax" },
      { sameSite: "none", secure: false },
      { partitioned: true, secure: false },
      { secure: "yes" },
      { httpOnly: 1 },
    ];
    for (const options of wrong) refusedAtOnce(() => cookieSettings(options as CookieOptions), "invalid_options");
  });

  it("is found among other cookies, malformed ones included", () => {
    const url = "https://shop.example/";
    assert.deepEqual(read(url, "a=%; __Host-anon=x.y.z; b"), ["x.y.z"]);
    assert.deepEqual(read(url, 'a=1;__Host-anon="x";c=%E0%A4%A'), ["x"]);
    assert.deepEqual(read(url, "__Host-anon=x=y==; __Host-anon=z"), ["x=y==", "z"]);
    assert.deepEqual(
      read(url, "\u00a0__Host-anon=x; \u000b__Host-anon=y; __Host-anon\u00a0=z"),
      [],
      "these are other names",
    );
    assert.deepEqual(read(url, "__host-anon=x; anon=y; __Host-anon=; =z; ;;"), []);
  });

  it("is read from any header without an error", () => {
    const header = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) });
    fc.assert(
      fc.property(header, fc.constantFrom("http://localhost/", "https://shop.example/"), (cookie, url) => {
        for (const value of read(url, cookie)) assert.ok(cookie.includes(value));
      }),
    );
    assert.deepEqual(read("https://shop.example/", `__Host-anon=x; ${"a=b; ".repeat(100_000)}`), []);
  });
});
