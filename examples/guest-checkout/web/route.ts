/** A request, as routes and pages receive it. */
export interface RouteContext {
  request: Request;
  url: URL;
  /** The form's fields; empty for GET. */
  form: URLSearchParams;
  /** The captured part of the path. */
  id: string;
}

export type Route = (context: RouteContext) => Promise<Response>;
