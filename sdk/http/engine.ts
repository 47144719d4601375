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
  /** Is called when the address of a request is to be counted and not known. */
  missAddress(): void;
  sendMail: ((mail: Mail) => unknown) | undefined;
}
