/** The page that a visitor wanted, when they have to sign in or create an account first. */
export interface Destination {
  path: string;
  /** Shown on the page for signing in or creating an account. */
  why: string;
  /** Names the destination. A word, never a URL: this prevents open redirects. */
  query: string;
}

export type DestinationName = "firing";

const DESTINATIONS: Readonly<Record<DestinationName, Omit<Destination, "query">>> = {
  firing: { path: "/firing", why: "What comes out of the kiln next is for customers with an account." },
};

export function destination(name: DestinationName): Destination {
  return { ...DESTINATIONS[name], query: `?for=${name}` };
}

/** The destination that a URL names. */
export function destinationOf(url: URL): Destination | undefined {
  const name = url.searchParams.get("for");
  return name !== null && Object.hasOwn(DESTINATIONS, name) ? destination(name as DestinationName) : undefined;
}
