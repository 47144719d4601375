/** The EJS templates of `views/`, and their helpers. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { signInAnonymously } from "anon-accounts/context";
import ejs from "ejs";
import { readCartCookie } from "../shop/cart-cookie.ts";
import { moveCartTo } from "../shop/carts.ts";
import { countOf, linesOf, MAX_QUANTITY, totalOf } from "../shop/items.ts";
import { day, money, products } from "../shop/products.ts";
import { assetUrl } from "./assets.ts";
import { problemOf } from "./problems.ts";
import { redirect } from "./redirect.ts";

/**
 * What a template can call. Functions of `anon-accounts/context` find the request themselves, so `await signInAnonymously()`
 * is all that a template needs to sign a visitor in.
 */
const helpers = {
  signInAnonymously,
  moveCartTo,
  readCartCookie,
  redirect,
  problemOf,
  linesOf,
  totalOf,
  countOf,
  money,
  day,
  assetUrl,
  products: [...products.values()],
  most: MAX_QUANTITY,
  problem: undefined,
  taken: false,
};

const views = fileURLToPath(new URL("../views/", import.meta.url));

const templates = new Map(
  readdirSync(views)
    .filter((file) => file.endsWith(".ejs"))
    .map((file) => {
      const filename = `${views}${file}`;
      const template = ejs.compile(readFileSync(filename, "utf8"), { async: true, filename, cache: true });
      return [file.slice(0, -".ejs".length), template] as const;
    }),
);

/** Returns the rendered text, or the value that the template returns instead. */
export async function renderTemplate(name: string, locals: object): Promise<unknown> {
  const template = templates.get(name);
  if (!template) throw new Error(`There is no views/${name}.ejs`);
  return template({ ...helpers, ...locals });
}
