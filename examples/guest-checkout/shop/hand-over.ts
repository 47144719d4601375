/** Moves a guest's cart and orders to the account that the guest is merged into. */
import { handOverCart } from "./carts.ts";
import { handOverOrders } from "./orders.ts";

/** May run again for the same merge, if a process ended midway: then it moves only the rest. */
export async function handOver(from: string, to: string, mergeId: string): Promise<void> {
  await handOverCart(from, to, mergeId);
  await handOverOrders(from, to);
}
