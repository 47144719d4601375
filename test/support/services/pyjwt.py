# As jose.mjs, in Python: PyJWT with cryptography.
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

import jwt

issuer, audience = sys.argv[1:3]
keys = jwt.PyJWKClient(issuer + "/.well-known/jwks.json")


class Service(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            token = self.headers.get("Authorization", "")
            key = keys.get_signing_key_from_jwt(token).key
            claims = jwt.decode(token, key, algorithms=["ES256", "EdDSA"], audience=audience, issuer=issuer)
        except jwt.PyJWTError:
            self.send_response(401)
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(claims).encode())

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Service)
print(server.server_port, flush=True)
server.serve_forever()
