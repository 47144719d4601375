import memory from "../../storage-drivers/memory.ts";
import { runSuite } from "./suite.ts";

runSuite("memory", { open: () => memory() });
