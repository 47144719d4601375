/** What a guest has in the shop, for the account that the guest turned out to have. */
import { handOverCart } from "./carts.ts";
import { handOverOrders } from "./orders.ts";

/** May come again for the same merge, when a process ended in the middle of it: then only what is left moves. */
export async function handOver(from: string, to: string, mergeId: string): Promise<void> {
  await handOverCart(from, to, mergeId);
  await handOverOrders(from, to);
}
