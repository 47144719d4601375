/** Runs in the page: the client as `client`, and the component. */
import { createElement } from "react";
import { hydrateRoot } from "react-dom/client";
import { createAnonClient } from "../../../sdk/client/index.ts";
import { App } from "./client-app.ts";

const mode = location.pathname === "/cookie" ? "cookie" : "token";
const client = createAnonClient({ mode });
Object.assign(globalThis, { client });
hydrateRoot(document.getElementById("root") as HTMLElement, createElement(App, { client }));
