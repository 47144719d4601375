/** The keys that sign service tokens, and their public half for other services. */
import type { ServiceKey, ServiceTokenOptions } from "../contract/service-tokens.ts";
import { AnonError } from "../errors.ts";
import { check, checkKeys } from "../settings/options.ts";

type PublicKey = Pick<ServiceKey, "kid" | "alg" | "kty" | "crv" | "x" | "y"> & { use: "sig" };

/** `sign` returns the signature of ASCII text. */
export interface ServiceSigner {
  /** A token's first part, with the dot after it. */
  beginning: string;
  sign(text: string): Promise<ArrayBuffer>;
}

export interface ServiceKeys {
  issuer: string;
  /** The key that signs now: of those that may sign, the one that began last. */
  signerAt(now: number): ServiceSigner;
  /** Those that are published now, also before they sign. */
  publicKeys(now: number): { keys: PublicKey[] };
}

const CURVES = {
  ES256: { kty: "EC", crv: "P-256", algorithm: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } },
  EdDSA: { kty: "OKP", crv: "Ed25519", algorithm: { name: "Ed25519" } },
} as const;

/** @throws {AnonError} `invalid_options`; its message has nothing of a key but its `kid` */
export function createServiceKeys(options: ServiceTokenOptions | undefined): ServiceKeys | null {
  if (options === undefined) return null;
  check(typeof options === "object" && options !== null, "this `serviceTokens`", "pass { issuer, keys }");
  checkKeys<ServiceTokenOptions>("serviceTokens.", { issuer: true, keys: true }, options);
  const { issuer } = options;
  check(typeof issuer === "string" && issuer !== "", "this `serviceTokens.issuer`", "use your application's URL");
  const keys = readKeys(options.keys);
  const signers = keys.map((key) => ({ key, signer: signerOf(key) })).sort((a, b) => begin(b.key) - begin(a.key));
  return {
    issuer,
    signerAt(now) {
      const found = signers.find(({ key }) => begin(key) <= now && now < end(key));
      check(found !== undefined, "these `serviceTokens.keys`", "none may sign now, see `anon keys list`");
      return found.signer;
    },
    publicKeys: (now) => ({ keys: keys.filter((key) => now < end(key)).map(publicOf) }),
  };
}

const begin = ({ nbf = 0 }: ServiceKey): number => nbf * 1_000;
const end = ({ exp = Number.POSITIVE_INFINITY }: ServiceKey): number => exp * 1_000;

function readKeys(input: unknown): readonly ServiceKey[] {
  let set = input;
  try {
    if (typeof input === "string") set = JSON.parse(input);
  } catch {
    // the parser's message quotes the text, which holds private keys
    throw new AnonError("invalid_options", "Cannot use these `serviceTokens.keys`: the text is no JSON");
  }
  const keys = (set as { keys?: unknown } | null)?.keys;
  const advice = "pass the set that `anon keys create` makes";
  check(Array.isArray(keys) && keys.length > 0 && keys.every(isKey), "these `serviceTokens.keys`", advice);
  const kids = new Set(keys.map(({ kid }) => kid));
  check(kids.size === keys.length, "these `serviceTokens.keys`", "two keys have the same `kid`");
  return keys;
}

function isKey(key: Partial<ServiceKey> | null): key is ServiceKey {
  const curve = key?.alg !== undefined && Object.hasOwn(CURVES, key.alg) ? CURVES[key.alg] : null;
  if (!key || !curve || key.kty !== curve.kty || key.crv !== curve.crv) return false;
  const texts = [key.x, key.d, ...(curve.kty === "EC" ? [key.y] : [])];
  const times = [key.nbf, key.exp].filter((time) => time !== undefined);
  return (
    typeof key.kid === "string" &&
    /^[\w-]{1,64}$/.test(key.kid) &&
    texts.every((text) => typeof text === "string" && /^[\w-]{43}$/.test(text)) &&
    times.every((time) => Number.isSafeInteger(time))
  );
}

function publicOf({ kid, alg, kty, crv, x, y }: ServiceKey): PublicKey {
  return { kid, alg, kty, crv, x, ...(y === undefined ? {} : { y }), use: "sig" };
}

/** WebCrypto signs off the event loop; of what each runtime has it is the fastest, or within a tenth of it. */
function signerOf({ kid, alg, kty, crv, x, y, d }: ServiceKey): ServiceSigner {
  const { algorithm } = CURVES[alg];
  const header = btoa(JSON.stringify({ alg, typ: "JWT", kid })).replace(/=+$/, "");
  const jwk = { kty, crv, x, d, ...(y === undefined ? {} : { y }) };
  const encoder = new TextEncoder();
  const sign = (key: CryptoKey, text: string) => crypto.subtle.sign(algorithm, key, encoder.encode(text));
  let imported: CryptoKey | undefined;
  const importKey = async (): Promise<CryptoKey> => {
    try {
      imported = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]);
      return imported;
    } catch (cause) {
      const message = `Cannot use the key ${kid} of \`serviceTokens.keys\`: it is no ${alg} key`;
      throw new AnonError("invalid_options", message, { cause });
    }
  };
  return {
    beginning: `${header}.`,
    // not an async function: its promise would be felt in every token
    sign: (text) => (imported ? sign(imported, text) : importKey().then((key) => sign(key, text))),
  };
}
