import { testFramework } from "./support/flow.ts";

testFramework("nitro", { types: "npx tsc" });
