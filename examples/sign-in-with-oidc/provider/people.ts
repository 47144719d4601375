/** The people of the local provider. There are no passwords: a click is enough. */
export interface Person {
  /** The `sub`, which never changes; the email can. */
  id: string;
  name: string;
  email: string;
  /** Whether the provider has verified the email. */
  verified: boolean;
}

export const people: readonly Person[] = [
  { id: "5f1c7e0a", name: "Ada", email: "ada@example.com", verified: true },
  { id: "c2d94b36", name: "Grace", email: "grace@example.com", verified: true },
  // claims another person's email
  { id: "91e8a4d7", name: "Mallory", email: "ada@example.com", verified: false },
];

export function personOf(id: string | null | undefined): Person | undefined {
  return people.find((person) => person.id === id);
}
