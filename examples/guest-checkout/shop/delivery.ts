/** The delivery address: the form and its validation. */
export interface Delivery {
  name: string;
  email: string;
  street: string;
  postcode: string;
  city: string;
  country: string;
}

export const countries: readonly string[] = ["Austria", "Denmark", "France", "Germany", "Ireland", "Netherlands"];

const MISSING: Readonly<Record<keyof Delivery, string>> = {
  name: "Tell us the name for the parcel.",
  email: "We need an email address to tell you when it ships.",
  street: "Tell us the street and number.",
  postcode: "Tell us the postcode.",
  city: "Tell us the town.",
  country: "Choose one of the countries we deliver to.",
};

export function readDelivery(form: URLSearchParams): Delivery {
  const names = Object.keys(MISSING) as (keyof Delivery)[];
  return Object.fromEntries(names.map((name) => [name, (form.get(name) ?? "").trim()])) as unknown as Delivery;
}

/** A message for each wrong field; empty when the address is valid. */
export function problemsOf(delivery: Delivery): Partial<Record<keyof Delivery, string>> {
  const problems: Partial<Record<keyof Delivery, string>> = {};
  for (const name of Object.keys(MISSING) as (keyof Delivery)[]) {
    if (delivery[name] === "") problems[name] = MISSING[name];
    else if (delivery[name].length > 120) problems[name] = "Use 120 characters at most.";
  }
  if (!problems.email && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(delivery.email)) {
    problems.email = "This does not look like an email address.";
  }
  if (!countries.includes(delivery.country)) problems.country = MISSING.country;
  return problems;
}
