/** The files of `public/`. Their URLs change with their content, so browsers can cache them forever. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

const TYPES: Readonly<Record<string, string>> = { css: "text/css; charset=utf-8", svg: "image/svg+xml" };
const folder = new URL("../public/", import.meta.url);

const assets = new Map(
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => ({ name: name.replaceAll("\\", "/"), type: TYPES[name.split(".").at(-1) ?? ""] }))
    .filter(({ type }) => type !== undefined)
    .map(({ name, type = "" }) => {
      const content = readFileSync(new URL(name, folder), "utf8");
      const version = createHash("sha256").update(content).digest("base64url").slice(0, 10);
      return [`/${name}` as string, { content, type, version }] as const;
    }),
);

/** The URL of a file, for the pages. */
export function assetUrl(name: string): string {
  return `/${name}?v=${assets.get(`/${name}`)?.version}`;
}

/** The response for a file of `public/`, or `null` for other requests. */
export function assetOf(request: Request): Response | null {
  const { pathname, searchParams } = new URL(request.url);
  const asset = assets.get(pathname);
  if (!asset || (request.method !== "GET" && request.method !== "HEAD")) return null;
  const caching = searchParams.get("v") === asset.version ? "public, max-age=31536000, immutable" : "no-cache";
  return new Response(asset.content, { headers: { "Content-Type": asset.type, "Cache-Control": caching } });
}
