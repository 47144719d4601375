/** Where an order goes: the form, and what is wrong with how it was filled in. */
export interface Delivery {
  name: string;
  email: string;
  street: string;
  postcode: string;
  city: string;
  country: string;
}

export const countries: readonly string[] = ["Austria", "Denmark", "France", "Germany", "Ireland", "Netherlands"];

const ASKED: Readonly<Record<keyof Delivery, string>> = {
  name: "Tell us whose name to put on the parcel.",
  email: "We need an email address to tell you that it is on its way.",
  street: "Tell us the street and number.",
  postcode: "Tell us the postcode.",
  city: "Tell us the town.",
  country: "Choose one of the countries we deliver to.",
};

export function readDelivery(form: URLSearchParams): Delivery {
  const names = Object.keys(ASKED) as (keyof Delivery)[];
  return Object.fromEntries(names.map((name) => [name, (form.get(name) ?? "").trim()])) as unknown as Delivery;
}

/** What to say of which field; empty when nothing is wrong. */
export function problemsOf(delivery: Delivery): Partial<Record<keyof Delivery, string>> {
  const problems: Partial<Record<keyof Delivery, string>> = {};
  for (const name of Object.keys(ASKED) as (keyof Delivery)[]) {
    if (delivery[name] === "") problems[name] = ASKED[name];
    else if (delivery[name].length > 120) problems[name] = "Use 120 characters at most.";
  }
  if (!problems.email && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(delivery.email)) {
    problems.email = "This does not look like an email address.";
  }
  if (!countries.includes(delivery.country)) problems.country = ASKED.country;
  return problems;
}
