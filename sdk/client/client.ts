import type { Anon } from "../contract/anon.ts";
import { AnonClientError } from "./error.ts";
import { type Answer, send, type WireRecord } from "./request.ts";
import { defaultStorage } from "./storage.ts";
import { createStore, SIGNED_OUT } from "./store.ts";
import { joinTabs, NEWS_MS, pause } from "./tabs.ts";
import type { AnonClient, ClientOptions, ClientRecord, CollectionOf, DefaultCollectionOf } from "./types.ts";
import { onWake } from "./wake.ts";

/** A session as the client keeps it. */
interface Saved<R> {
  /** Only in token mode. */
  token?: string | undefined;
  record: R;
  /** In the middle of the session's life; in milliseconds since the epoch. */
  refreshAt: number;
}

/** The shortest time between two renewals, so that a session that cannot be extended is not asked for all the time. */
const SOONEST_MS = 1_000;
/** After this time a failed renewal is tried again. */
const RETRY_MS = 30_000;
/** Timers of browsers do not reach further than 24 days, and do not count the time of sleep. */
const LONGEST_TIMER_MS = 600_000;
/** A page that is used again asks the server at most once in this time. */
const FRESH_MS = 60_000;
/** How long a request that replaces a guest may take after one that it overtook. */
const REPLACED_MS = 500;

const ignore = (): void => undefined;

/**
 * Makes a client of the HTTP API. Nothing is sent until something subscribes to the session or makes a call.
 *
 * The type arguments are the server's `typeof anon` and, unless it is `users`, the collection in which accounts are created.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { createAnon } from "anon-accounts";
 * import { createAnonClient } from "anon-accounts/client";
 * import memory from "anon-accounts/drivers/memory";
 * import { anonymous } from "anon-accounts/node";
 *
 * const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
 * const serve = anonymous(anon);
 * const server = createServer((req, res) => serve(req, res, () => res.end())).listen(0, "127.0.0.1");
 * await new Promise((listening) => server.once("listening", listening));
 * const { port } = server.address() as { port: number };
 *
 * const client = createAnonClient<typeof anon>({ url: `http://127.0.0.1:${port}/api`, mode: "token" });
 * const guest = await client.signInAnonymously();
 * const user = await client.convert({ email: "ada@example.com", password: "correct horse battery" });
 * console.assert(user.id === guest.id && client.session.get().record?.email === "ada@example.com");
 * client.dispose();
 * server.close();
 * ```
 */
export function createAnonClient<A = Anon, N extends CollectionOf<A> = DefaultCollectionOf<A>>(
  options: ClientOptions<N>,
): AnonClient<A, N> {
  type R = ClientRecord<A>;
  const { url = "/api", mode, collection = "users", storage = defaultStorage() } = options;
  const isToken = mode === "token";
  // a browser has one cookie for all collections. Secure storages accept only such names
  const name = `anon.${isToken ? collection : mode}.${url}`.replace(/[^\w.-]/g, "_");
  const keyName = `${name}.key`;
  /** `undefined` until it is known. */
  let state: Saved<R> | null | undefined;
  /** What the storage has, as far as this client knows. */
  let stored: string | null | undefined;
  /** Counts changes of the session: a response is out of date if there was one after its request. */
  let changes = 0;
  let checkedAt = 0;
  let started: Promise<void> | undefined;
  let refreshing: Promise<void> | undefined;
  /** Only where the storage keeps none, because other tabs must be able to end it. */
  let key: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const disposed = new AbortController();
  const { signal } = disposed;
  const store = createStore<R>(() => void start().catch(ignore));
  const tabs = joinTabs(name, (message) => {
    checkedAt = Date.now();
    if (isToken) void reread().catch(ignore);
    else set(message as Saved<R> | null);
  });

  function set(next: Saved<R> | null): void {
    changes++;
    state = next;
    const session = next ? ({ status: "signedIn", record: next.record } as const) : SIGNED_OUT;
    // the same object while nothing changes, so that pages do not render again
    if (JSON.stringify(session) !== JSON.stringify(store.get())) store.set(session);
    schedule();
  }

  /** Makes a session that the server has reported that of all tabs. */
  async function keep(next: Saved<R> | null): Promise<void> {
    set(next);
    if (isToken) {
      const text = next && JSON.stringify(next);
      try {
        await (text ? storage.setItem(name, text) : storage.removeItem(name));
        stored = text;
      } catch {
        // full: what it still has must not replace the session of this page
        stored = await storage.getItem(name);
      }
      // a reading that began before the text was written is out of date
      changes++;
    }
    tabs.tell(isToken || next);
  }

  /** Takes over what another tab has stored. */
  async function reread(): Promise<void> {
    if (!isToken) return;
    const before = changes;
    const text = await storage.getItem(name);
    if (text === stored || changes !== before) return;
    stored = text;
    let next: Saved<R> | null = null;
    try {
      next = text && JSON.parse(text);
    } catch {
      // damaged: no session
    }
    set(next);
  }

  /** Asks the server who is signed in. Only where no other tab changes the session, which this might end. */
  async function check(): Promise<void> {
    try {
      await ask();
    } catch (error) {
      // the page asks again as soon as it has a network
      checkedAt = 0;
      throw error;
    }
  }

  async function ask(): Promise<void> {
    if (isToken && !state) return;
    const before = changes;
    const sent = state?.token;
    const {
      record,
      token,
      expiresIn = 0,
    } = await send(options, { method: "GET", path: `${collection}/me`, token: sent });
    // only a record or its absence says something
    if (record === undefined)
      throw new AnonClientError("unexpected_response", "Something else than the server responded");
    // another tab may have stored a new session
    await reread();
    if (changes !== before) return;
    checkedAt = Date.now();
    if (record) return keep(saved(record, token, expiresIn));
    // to be still signed out is no news for a tab that may have signed in meanwhile
    if (state) await keep(null);
    else set(null);
  }

  function saved(record: WireRecord, token: string | undefined, seconds: number): Saved<R> {
    return { token: isToken ? token : undefined, record: toRecord(record) as R, refreshAt: Date.now() + seconds * 500 };
  }

  const isDue = (): boolean => state !== null && !(state && state.refreshAt > Date.now());

  function schedule(soonest = SOONEST_MS): void {
    clearTimeout(timer);
    if (state === null || !started || signal.aborted) return;
    const wait = state ? state.refreshAt - Date.now() : 0;
    timer = setTimeout(renew, Math.min(Math.max(wait, soonest), LONGEST_TIMER_MS));
    // on Node it would keep the process alive
    (timer as { unref?(): void }).unref?.();
  }

  /** Renews the session if that is due, in one tab. Without a network the session stays, and this is tried again. */
  async function renew(maxAge = Number.POSITIVE_INFINITY): Promise<void> {
    const isNeeded = (): boolean => isDue() || Date.now() - checkedAt > maxAge;
    try {
      if (isNeeded()) {
        await tabs.exclusively(async () => {
          await reread();
          if (isNeeded()) await check();
        });
      }
      schedule();
    } catch (error) {
      schedule(Math.max(RETRY_MS, ((error as AnonClientError).retryAfter ?? 0) * 1_000));
    }
  }

  function start(): Promise<void> {
    started ??= (async () => {
      onWake(
        () => void reread().then(() => renew(FRESH_MS), ignore),
        () => void reread().catch(ignore),
        signal,
      );
      // shown at once
      await reread();
      // unless another tab has just asked
      await renew(FRESH_MS);
    })();
    return started;
  }

  /** Changes the session, in one tab at a time. */
  function change<T>(action: () => Promise<T>): Promise<T> {
    start().catch(ignore);
    return tabs.exclusively(async () => {
      await reread();
      return action();
    });
  }

  /** Who is signed in. */
  async function present(): Promise<Saved<R>> {
    if (state === undefined) await check();
    if (state) return state;
    throw new AnonClientError("not_signed_in", "No one is signed in");
  }

  /** Sends a request, and once more if another one had just replaced the session. */
  async function attempt<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      const { code } = error as AnonClientError;
      if (code === "session_replaced") await pause(REPLACED_MS);
      // records/{id} does not say whether a record or the session is missing
      else if (code !== "invalid_token" && code !== "not_found") throw error;
      await reread();
      await ask().catch(ignore);
      if (!state) throw error;
      return request();
    }
  }

  const post = (path: string, body?: object, idempotencyKey?: string): Promise<Answer> =>
    send(options, { method: "POST", path, token: state?.token, body, idempotencyKey });

  async function enter({ record, token = "" }: Answer): Promise<R> {
    const next = saved(record as WireRecord, token, secondsOf(token));
    checkedAt = Date.now();
    await forgetKey();
    await keep(next);
    return next.record;
  }

  /** Begins a session. */
  async function begin(answer: Answer): Promise<R> {
    const record = await enter(answer);
    if (isToken) return record;
    // scripts cannot see whether the browser kept the cookie
    await ask().catch(ignore);
    if (state) return record;
    throw new AnonClientError(
      "cookie_missing",
      "The browser kept no cookie: set `api: { cookies: true }` on the server, and serve page and API from one site",
    );
  }

  /** The same for all tabs and attempts until one of them got its response. */
  async function findKey(): Promise<string | undefined> {
    // a storage that fails must not prevent a sign-in
    const read = (): Promise<string | undefined> =>
      tried(() => storage.getItem(keyName)) as Promise<string | undefined>;
    const found = (await read()) || key;
    if (found) return found;
    const made = randomKey();
    if (!made) return made;
    await tried(() => storage.setItem(keyName, made));
    // without Web Locks other tabs may be here too: the last text is that of all
    if (!tabs.isLocking) await pause(NEWS_MS);
    const kept = await read();
    key = kept ? undefined : made;
    return kept || made;
  }

  /** A guest of a lost response must not become that of the next person at this device. */
  async function forgetKey(): Promise<void> {
    key = undefined;
    await tried(() => storage.removeItem(keyName));
  }

  async function signInAnonymously(data?: object): Promise<R> {
    // a session that is only stored may have ended
    if (state && !checkedAt) await check().catch(ignore);
    if (state) return state.record;
    const request = async (): Promise<Answer> =>
      attempt(async () => post(`${collection}/auth-anonymously`, data, await findKey()));
    const answer = await request().catch(async (error) => {
      if (error.code !== "idempotency_key_used") throw error;
      await forgetKey();
      return request();
    });
    return begin(answer);
  }

  return {
    session: { get: store.get, subscribe: store.subscribe },
    signInAnonymously: (data) => change(() => signInAnonymously(data as object | undefined)),
    convert: ({ data, password, ...input }) =>
      change(async () => {
        const body = { ...data, ...input, password, passwordConfirm: password };
        return enter(await attempt(async () => post(`${(await present()).record.collectionName}/convert`, body)));
      }),
    signIn: (identity, password) =>
      change(async () => begin(await post(`${collection}/auth-with-password`, { identity, password }))),
    signOut: (input) =>
      change(async () => {
        if (!isToken || state) await post(`${collection}/sign-out`, { ...input });
        await forgetKey();
        await keep(null);
      }),
    update: (fields) =>
      change(async () => {
        const record = await attempt(async () => {
          const { record, token } = await present();
          const path = `${record.collectionName}/records/${record.id}`;
          return send(options, { method: "PATCH", path, token, body: fields as object });
        });
        const next = toRecord(record as WireRecord) as R;
        // as above
        await reread();
        if (state && state.record.id === next.id) await keep({ ...state, record: next });
        return next;
      }),
    async refresh() {
      refreshing ??= change(check).finally(() => {
        refreshing = undefined;
      });
      await refreshing;
      return store.get();
    },
    async getToken() {
      if (!isToken) return null;
      start().catch(ignore);
      await reread();
      if (isDue()) await renew();
      return state?.token ?? null;
    },
    dispose() {
      disposed.abort();
      clearTimeout(timer);
      tabs.close();
    },
  };
}

/** A storage may throw, reject or return. */
async function tried(action: () => unknown): Promise<unknown> {
  try {
    return (await action()) ?? undefined;
  } catch {
    return undefined;
  }
}

/** The record as the server's own calls return it. */
function toRecord({ collectionId: _id, emailVisibility: _visible, created, updated, ...record }: WireRecord): unknown {
  const toIso = (time: unknown): string => String(time).replace(" ", "T");
  return { ...record, created: toIso(created), updated: toIso(updated) };
}

/** How long a new token is valid. The clock of the device may be wrong, so it is not compared with. */
function secondsOf(token: string): number {
  const payload = token.split(".")[1] ?? "";
  const { iat, exp } = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
  return exp - iat;
}

/** 128 random bits; none where they could be guessed: React Native has no `crypto` of its own. */
function randomKey(): string | undefined {
  return globalThis.crypto?.getRandomValues(new Uint32Array(4)).join("-");
}
