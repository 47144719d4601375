export { verifiedClaims as verifyToken } from "./shared/verified-claims.ts";
