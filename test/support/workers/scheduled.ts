/** Schedules gc and has nothing else to do. */
import { createAnon } from "../../../sdk/index.ts";
import memory from "../../../storage-drivers/memory.ts";

const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
anon.admin.scheduleGc({ every: "24d", olderThan: "30d" });
console.log("scheduled");
