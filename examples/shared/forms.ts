/** Reading forms. */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";

export async function fields<Name extends string>(c: Context, ...names: Name[]): Promise<Record<Name, string>> {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(c.req.header("Content-Type") ?? "");
  // as text: on Deno, a request whose body srvx limits loses its type, and `formData()` fails
  const text = isForm ? await c.req.text().catch(() => null) : null;
  if (text === null) throw new HTTPException(400, { message: "This is not a form, or it is too long" });
  const form = new URLSearchParams(text);
  return Object.fromEntries(names.map((name) => [name, form.get(name) ?? ""])) as Record<Name, string>;
}
