/** Redirects with GET, so that reloading and going back send nothing twice. */
export function redirect(path: string, cookies: readonly string[] = []): Response {
  const response = new Response(null, { status: 303, headers: { Location: path } });
  for (const cookie of cookies) response.headers.append("Set-Cookie", cookie);
  return response;
}
