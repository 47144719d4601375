/** What requests are served with. */

import type { Mail } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import type { ApiSettings } from "../settings/api.ts";
import type { CookieSettings } from "../settings/cookie.ts";
import type { ProxySettings } from "../settings/proxy.ts";

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
