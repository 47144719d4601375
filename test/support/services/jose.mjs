// A service that knows only the issuer's URL. The second argument is what guests need: their audience.
import { createServer } from "node:http";
import { createRemoteJWKSet, jwtVerify } from "jose";

const [issuer, audience] = process.argv.slice(2);
const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", issuer), { cooldownDuration: 0 });
const server = createServer(async (request, response) => {
  try {
    const { payload } = await jwtVerify(request.headers.authorization ?? "", keys, {
      issuer,
      audience,
      algorithms: ["ES256", "EdDSA"],
    });
    response.end(JSON.stringify(payload));
  } catch {
    response.writeHead(401).end();
  }
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
