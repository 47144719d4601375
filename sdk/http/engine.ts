/** What requests are served with. */
import type { Engine } from "../engine.ts";
import type { CookieSettings } from "./cookie-settings.ts";

/** The parts of one `createAnon` that know of HTTP. */
export interface HttpEngine {
  engine: Engine;
  cookie: CookieSettings;
}
