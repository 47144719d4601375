/** Reading forms. */
const MAX_LENGTH = 16_384;

/** The fields of a form; `null` if the body is not a form or is too long. */
export async function readForm(request: Request): Promise<URLSearchParams | null> {
  if (request.method !== "POST") return new URLSearchParams();
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) return null;
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of request.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_LENGTH) return null;
  }
  return new URLSearchParams(text + decoder.decode());
}
