import { testFramework } from "./support/flow.ts";

testFramework("nuxt", { types: "npx nuxt typecheck" });
