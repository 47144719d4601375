/** A Worker with the SDK and the memory driver, from the sources. */
import { createAnon } from "../../sdk/index.ts";
import memory from "../../storage-drivers/memory.ts";

const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });

/** The error of a schedule outside a request. */
let refusal = "none";
try {
  anon.admin.scheduleGc({ every: "1h", olderThan: "30d" });
} catch (error) {
  refusal = String(error);
}

let number = 0;

async function withPassword(): Promise<boolean> {
  const email = `visitor${number++}@example.com`;
  const { token } = await anon.signInAnonymously();
  await anon.convert(token, { email, password: "correct horse battery" });
  return (await anon.signInWithPassword(email, "correct horse battery")).record.email === email;
}

/** Imports an account with a hash, and signs in twice with its password: the second time with the hash that replaced it. */
async function imported(request: Request): Promise<string[]> {
  const { id, password, passwordHash } = (await request.json()) as Record<string, string>;
  const email = `${id}@example.com`;
  await anon.admin.importAccount({ id: id as string, email, passwordHash });
  const signIn = async (tried: string): Promise<string> =>
    await anon.signInWithPassword(email, tried).then(
      ({ record }) => record.id,
      (error: { code: string }) => error.code,
    );
  return [await signIn(`${password}x`), await signIn(password as string), await signIn(password as string)];
}

/** Signs in with the client address from the platform. */
async function withLimits(request: Request): Promise<Response> {
  const remoteAddress = request.headers.get("cf-connecting-ip") ?? undefined;
  const context = await anon.context(request, { remoteAddress });
  return await context.signInAnonymously().then(
    ({ record }) => context.respond(new Response(record.id)),
    (error: { status: number }) => new Response(null, { status: error.status }),
  );
}

export default {
  async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === "/schedule") return new Response(refusal);
    if (new URL(request.url).pathname === "/password") return Response.json(await withPassword());
    if (new URL(request.url).pathname === "/imported") return Response.json(await imported(request));
    if (new URL(request.url).pathname === "/limits") return await withLimits(request);
    const { token, record } = await anon.signInAnonymously();
    const visitor = await anon.authenticate(
      new Request("http://localhost/", { headers: { Authorization: `Bearer ${token}` } }),
    );
    const password = "correct horse battery";
    const converted = await anon.convert(token, { email: "ada@example.com", password });
    const again = await anon.signInWithPassword("ada@example.com", password);
    const refused = await anon.signInWithPassword("ada@example.com", "wrong horse battery").then(
      () => null,
      (error: { code: string }) => error.code,
    );
    const report = await anon.admin.gc({ olderThan: "1d" });
    return Response.json({ record, visitor, converted, again, refused, report, ended: await anon.authenticate(token) });
  },
};
