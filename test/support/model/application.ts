/** An application with its own data, whose `merge` hook moves the data, fails or refuses, as the test chooses. */
import type { MergeDone, MergeStep } from "../../../sdk/contract/hooks.ts";
import type { OwnFields } from "../../../sdk/contract/records.ts";

/** What the hook `merge` does. */
export type HookBehavior = "moves" | "fails" | "fails after moving" | "refuses";

/** The error that the hook throws. */
export class ShopIsDown extends Error {}

/** Orders by the id of the account that placed them. */
export class Application {
  behavior: HookBehavior = "moves";
  /** Runs during the hook. */
  meanwhile: () => Promise<unknown> = async () => undefined;
  readonly orders: Map<string, number[]> = new Map();
  /** Every call of `merge`. */
  readonly steps: MergeStep[] = [];
  /** Every call of `afterMerge`. */
  readonly merges: [from: string, into: string][] = [];

  async merge(step: MergeStep): Promise<undefined | false> {
    this.steps.push(step);
    if (this.behavior === "fails") throw new ShopIsDown();
    if (this.behavior === "refuses") return false;
    move(this.orders, step.from, step.record.id);
    await this.meanwhile();
    if (this.behavior === "fails after moving") throw new ShopIsDown();
    return undefined;
  }

  afterMerge({ from, record }: MergeDone): void {
    this.merges.push([from, record.id]);
  }
}

/** Idempotent, because the hook may be called twice for one merge. */
export function move(orders: Map<string, number[]>, from: string, into: string): void {
  const moved = orders.get(from);
  if (moved) orders.set(into, [...(orders.get(into) ?? []), ...moved]);
  orders.delete(from);
}

/** The option `merge.combine`. */
export function combine(account: OwnFields, anonymous: OwnFields): OwnFields {
  return { ...account, ...anonymous, cart: Number(account.cart ?? 0) + Number(anonymous.cart ?? 0) };
}
