/** A simulated browser: its cookies, and requests whose responses arrive when the test says so. */
import type { Anon } from "../../sdk/contract/anon.ts";
import type { RequestContext } from "../../sdk/contract/requests.ts";

/** The longest time that browsers keep a cookie. */
const LONGEST_SECONDS = 400 * 86_400;

/** The cookies of one host by name, until their Max-Age is over. */
export class Jar extends Map<string, string> {
  readonly #ends = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    super();
    this.#now = now;
  }

  /** The `cookie` header of a request, if there are cookies. */
  header(): Record<string, string> {
    for (const [name, end] of this.#ends) if (end <= this.#now()) this.delete(name);
    const cookie = [...this].map(([name, value]) => `${name}=${value}`).join("; ");
    return cookie === "" ? {} : { cookie };
  }

  /** Stores the cookies of a response, removes those it deletes, and rejects those that violate their name's prefix. */
  take(response: Response): void {
    for (const cookie of response.headers.getSetCookie()) {
      const isSecure = /; Secure\b/.test(cookie);
      const isOfHost = isSecure && /; Path=\/(?:;|$)/.test(cookie) && !/; Domain=/.test(cookie);
      if ((cookie.startsWith("__Secure-") && !isSecure) || (cookie.startsWith("__Host-") && !isOfHost)) continue;
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      const seconds = Number(/; Max-Age=(\d+)/.exec(cookie)?.[1] ?? Number.POSITIVE_INFINITY);
      this.#ends.delete(name);
      if (seconds === 0) {
        this.delete(name);
        continue;
      }
      this.set(name, value);
      this.#ends.set(name, this.#now() + Math.min(seconds, LONGEST_SECONDS) * 1_000);
    }
  }
}

/** A request in flight. */
export interface Sent<T> {
  /** The response, once the server has created it. */
  response: Response | undefined;
  /** Resolves when the server has created the response. */
  done: Promise<void>;
  /** The response arrives: the browser keeps its cookies. Returns what the server's handler returned. */
  receive(): Promise<T>;
}

export class Browser {
  readonly jar: Jar;
  readonly #anon: Anon;
  readonly #url: string;

  constructor(anon: Anon, url = "https://shop.example/", now?: () => number) {
    this.#anon = anon;
    this.#url = url;
    this.jar = new Jar(now);
  }

  get cookies(): Map<string, string> {
    return this.jar;
  }

  /** The next request, with all cookies. */
  request(headers: Record<string, string> = {}): Request {
    return new Request(this.#url, { headers: { ...this.jar.header(), ...headers } });
  }

  /** Sends a request with the current cookies to a server whose handler is `action`. */
  send<T>(action: (context: RequestContext) => Promise<T>, headers?: Record<string, string>): Sent<T> {
    let result: T | undefined;
    const handled = this.#anon.run(this.request(headers), async (context) => {
      result = await action(context);
      return new Response();
    });
    const sent: Sent<T> = {
      response: undefined,
      done: handled.then((response) => {
        sent.response = response;
      }),
      receive: async () => {
        this.jar.take(await handled);
        return result as T;
      },
    };
    sent.done.catch(() => undefined);
    return sent;
  }

  /** Sends a request and receives its response. */
  async visit<T>(
    action: (context: RequestContext) => Promise<T>,
    headers?: Record<string, string>,
  ): Promise<{ answer: T; response: Response }> {
    const sent = this.send(action, headers);
    const answer = await sent.receive();
    return { answer, response: sent.response as Response };
  }
}
