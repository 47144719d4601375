/** One request, as pages and routes get it. */
export interface Visit {
  request: Request;
  url: URL;
  /** What was sent with it; empty for GET. */
  form: URLSearchParams;
  /** The changing part of the path. */
  id: string;
}

export type Route = (visit: Visit) => Promise<Response>;
