/** A Worker that is another service: it knows the issuer's URL alone. */
import { createServiceVerifier } from "../../sdk/verify/index.ts";

const verify = createServiceVerifier({
  jwks: "https://shop.example/.well-known/jwks.json",
  issuer: "https://shop.example",
  audience: "orders",
});

export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await verify(request.headers.get("authorization") ?? ""));
  },
};
