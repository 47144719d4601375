/** A component that shows the session of a client, rendered by a server and in a page. */
import { createElement, type ReactElement } from "react";
import type { AnonClient } from "../../../sdk/client/index.ts";
import { useSession } from "../../../sdk/client/react.ts";

export function App({ client }: { client: AnonClient }): ReactElement {
  const { status, record } = useSession(client);
  const text = record ? `${record.anonymous ? "guest" : record.email} ${record.id}` : status;
  return createElement("p", { id: "session" }, text);
}
