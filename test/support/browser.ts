/** What a browser does with cookies, for requests that are answered in this process. */
import type { Anon } from "../../sdk/anon.ts";
import type { RequestContext } from "../../sdk/http/types.ts";

export class Browser {
  readonly cookies: Map<string, string> = new Map();
  readonly #anon: Anon;
  readonly #url: string;

  constructor(anon: Anon, url = "https://shop.example/") {
    this.#anon = anon;
    this.#url = url;
  }

  /** The next request, with all cookies. */
  request(headers: Record<string, string> = {}): Request {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return new Request(this.#url, { headers: cookie === "" ? headers : { cookie, ...headers } });
  }

  /** Sends a request to a server that does `action`, and keeps the cookies that it sets. */
  async visit<T>(
    action: (context: RequestContext) => Promise<T>,
    headers?: Record<string, string>,
  ): Promise<{ answer: T; response: Response }> {
    let answer: T | undefined;
    const response = await this.#anon.run(this.request(headers), async (context) => {
      answer = await action(context);
      return new Response();
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (/Max-Age=0/.test(cookie)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return { answer: answer as T, response };
  }
}
