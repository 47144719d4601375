/** A self-signed certificate for local servers. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "selfsigned";

export interface Certificate {
  cert: string;
  key: string;
}

export async function makeCertificate(): Promise<Certificate> {
  const altNames = [
    { type: 2 as const, value: "localhost" },
    { type: 2 as const, value: "*.example" },
    { type: 7 as const, ip: "127.0.0.1" },
  ];
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [{ name: "subjectAltName", altNames }],
  });
  return { cert, key };
}

/** Writes a certificate into a directory; returns the environment variables that make an example serve https. */
export async function writeCertificate(directory: string): Promise<{ TLS_CERT: string; TLS_KEY: string }> {
  const { cert, key } = await makeCertificate();
  const files = { TLS_CERT: join(directory, "cert.pem"), TLS_KEY: join(directory, "key.pem") };
  writeFileSync(files.TLS_CERT, cert);
  writeFileSync(files.TLS_KEY, key, { mode: 0o600 });
  return files;
}
