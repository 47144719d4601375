/** The accounts, whose own fields a schema checks, and the mail that goes to them. */
import { type AnonRequests, createAnon } from "anon-accounts";
import { open } from "anon-accounts/drivers";
import { z } from "zod";
import { secretFor } from "../shared/secret.ts";
import { deliver } from "./mailbox.ts";

const users = {
  schema: z.object({
    nickname: z.string().max(30, "Use 30 characters at most.").default(""),
    color: z.enum(["sand", "moss", "sky", "plum"]).default("sand"),
  }),
};

const storage = process.env.ANON_STORAGE || "fs:.anon";

export const anon: AnonRequests = createAnon({
  storage: await open(storage),
  secret: secretFor(storage),
  collections: { users },
  sendMail: deliver,
});
