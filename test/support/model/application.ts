/** An application with data of its own, which it moves when a guest is merged: or does not, as it is told. */
import type { MergeDone, MergeStep } from "../../../sdk/contract/hooks.ts";
import type { OwnFields } from "../../../sdk/contract/records.ts";

/** What its hook `merge` does. */
export type Manner = "moves" | "fails" | "fails behind" | "refuses";

/** What the hook fails with. */
export class ShopIsDown extends Error {}

/** Orders by the id of whoever placed them. */
export class Application {
  manner: Manner = "moves";
  /** What else happens while it is asked. */
  meanwhile: () => Promise<unknown> = async () => undefined;
  readonly orders: Map<string, number[]> = new Map();
  /** What it was asked to move, each time. */
  readonly steps: MergeStep[] = [];
  /** Who it was told was merged into whom. */
  readonly merges: [from: string, into: string][] = [];

  async merge(step: MergeStep): Promise<undefined | false> {
    this.steps.push(step);
    if (this.manner === "fails") throw new ShopIsDown();
    if (this.manner === "refuses") return false;
    move(this.orders, step.from, step.record.id);
    await this.meanwhile();
    if (this.manner === "fails behind") throw new ShopIsDown();
    return undefined;
  }

  told({ from, record }: MergeDone): void {
    this.merges.push([from, record.id]);
  }
}

/** May come twice. */
export function move(orders: Map<string, number[]>, from: string, into: string): void {
  const moved = orders.get(from);
  if (moved) orders.set(into, [...(orders.get(into) ?? []), ...moved]);
  orders.delete(from);
}

/** The option `merge.combine`. */
export function combine(account: OwnFields, anonymous: OwnFields): OwnFields {
  return { ...account, ...anonymous, cart: Number(account.cart ?? 0) + Number(anonymous.cart ?? 0) };
}
