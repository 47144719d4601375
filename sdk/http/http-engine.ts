import type { Mail } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import type { ApiSettings } from "../settings/api.ts";
import type { CookieSettings } from "../settings/cookie.ts";
import type { ProxySettings } from "../settings/proxy.ts";

/** What requests are served with: the engine and the settings for HTTP. */
export interface HttpEngine {
  engine: Engine;
  cookie: CookieSettings;
  api: ApiSettings;
  proxy: ProxySettings | null;
  /** Called when a limit needs the address of a request that has none. */
  warnNoAddress(): void;
  sendMail: ((mail: Mail) => unknown) | undefined;
}
