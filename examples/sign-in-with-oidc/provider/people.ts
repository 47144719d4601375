/** Who has an account with the local provider. Real ones ask for a password; here it takes a click to be somebody. */
export interface Person {
  /** The `sub`: theirs for good, whatever becomes of the email. */
  id: string;
  name: string;
  email: string;
  /** Whether the provider has seen them receive mail there. */
  verified: boolean;
}

export const people: readonly Person[] = [
  { id: "5f1c7e0a", name: "Ada", email: "ada@example.com", verified: true },
  { id: "c2d94b36", name: "Grace", email: "grace@example.com", verified: true },
  // says of an address that is somebody else's that it is his
  { id: "91e8a4d7", name: "Mallory", email: "ada@example.com", verified: false },
];

export function personOf(id: string | null | undefined): Person | undefined {
  return people.find((person) => person.id === id);
}
