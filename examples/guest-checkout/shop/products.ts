/** The products. */
export interface Product {
  id: string;
  name: string;
  about: string;
  /** In cents. */
  price: number;
}

const list: Product[] = [
  { id: "mug", name: "Harbour mug", about: "Holds a whole morning. 350 ml, glazed inside.", price: 24_00 },
  { id: "bowl", name: "Low tide bowl", about: "For soup, for fruit, for keys.", price: 32_00 },
  { id: "teapot", name: "Fog teapot", about: "Pours without a drip. One litre.", price: 78_00 },
  { id: "vase", name: "Dune vase", about: "Stands well with three stems or none.", price: 56_00 },
  { id: "plate", name: "Pebble plate", about: "Flat enough for toast, deep enough for sauce.", price: 28_00 },
  { id: "jug", name: "Driftwood jug", about: "Water, milk, or what the garden gives.", price: 44_00 },
];

export const products: ReadonlyMap<string, Product> = new Map(list.map((product) => [product.id, product]));

const euros = new Intl.NumberFormat("en-IE", { style: "currency", currency: "EUR" });

/** Formats cents as a price. */
export function money(cents: number): string {
  return euros.format(cents / 100);
}

const days = new Intl.DateTimeFormat("en-IE", { dateStyle: "long", timeZone: "Europe/Dublin" });

/** Formats an ISO 8601 time as a day, in the shop's time zone. */
export function day(time: string): string {
  return days.format(new Date(time));
}
