/** What requests are served with. */
import type { Engine } from "../engine.ts";
import type { Mail } from "../types.ts";
import type { ApiSettings } from "./api/api-settings.ts";
import type { ProxySettings } from "./client.ts";
import type { CookieSettings } from "./cookie-settings.ts";

/** The parts of one `createAnon` that know of HTTP. */
export interface HttpEngine {
  engine: Engine;
  cookie: CookieSettings;
  api: ApiSettings;
  proxy: ProxySettings | null;
  sendMail: ((mail: Mail) => unknown) | undefined;
}
