/**
 * Middleware for Nitro 3, whose routes are those of h3.
 *
 * @module
 */
export { anonymous, guard } from "./h3.ts";
