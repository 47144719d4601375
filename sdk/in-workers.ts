/**
 * Whether requests share this process, but neither promises nor timers: in Cloudflare Workers those belong to the request
 * that made them. Another request that waits for them hangs if that request is cancelled.
 */
export const IN_WORKERS: boolean = globalThis.navigator?.userAgent === "Cloudflare-Workers";
