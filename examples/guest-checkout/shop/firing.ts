/** What comes out of the kiln next. Customers with an account see it before it is in the shop. */
export interface Firing {
  id: string;
  /** The day the kiln is opened, ISO 8601. */
  opens: string;
  name: string;
  about: string;
}

export const firings: readonly Firing[] = [
  {
    id: "vase",
    opens: "2027-03-06",
    name: "Winter vases",
    about: "Twelve of them, ash glaze, each a little different.",
  },
  { id: "bowl", opens: "2027-03-20", name: "Nesting bowls", about: "Three in each other, from breakfast to bread." },
  { id: "jug", opens: "2027-04-10", name: "Garden jugs", about: "A litre and a half, with a handle for gloves." },
];
