import { testFramework } from "./support/flow.ts";

testFramework("react-router", { types: "npx react-router typegen && npx tsc" });
