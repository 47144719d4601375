/** What a form sent. */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";

export async function fields<Name extends string>(c: Context, ...names: Name[]): Promise<Record<Name, string>> {
  const form = await c.req.formData().catch(() => {
    throw new HTTPException(400, { message: "This is no form, or too long" });
  });
  return Object.fromEntries(names.map((name) => [name, String(form.get(name) ?? "")])) as Record<Name, string>;
}
