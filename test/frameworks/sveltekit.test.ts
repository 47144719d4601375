import { testFramework } from "./support/flow.ts";

testFramework("sveltekit", { types: "npx svelte-check --fail-on-warnings" });
