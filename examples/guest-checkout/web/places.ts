/** Where a visitor was on the way to, when they had to sign in or create an account first. */
export interface Place {
  path: string;
  /** For the page that they are sent to. */
  why: string;
  /** Carries it along: a word and never an address, so that nobody can make the shop lead elsewhere. */
  query: string;
}

export type PlaceName = "firing";

const PLACES: Readonly<Record<PlaceName, Omit<Place, "query">>> = {
  firing: { path: "/firing", why: "What comes out of the kiln next is for customers with an account." },
};

export function place(name: PlaceName): Place {
  return { ...PLACES[name], query: `?for=${name}` };
}

/** The one that an address carries along. */
export function placeOf(url: URL): Place | undefined {
  const name = url.searchParams.get("for");
  return name !== null && Object.hasOwn(PLACES, name) ? place(name as PlaceName) : undefined;
}
