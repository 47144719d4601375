/** The accounts, with a schema for their own fields and a `sendMail`. */
import { type AnonRequests, createAnon } from "anon-accounts";
import { open } from "anon-accounts/drivers";
import { z } from "zod";
import { deliver } from "./mailbox.ts";

const users = {
  schema: z.object({
    nickname: z.string().max(30, "Use 30 characters at most.").default(""),
    color: z.enum(["sand", "moss", "sky", "plum"]).default("sand"),
  }),
};

export const anon: AnonRequests = createAnon({
  storage: await open(process.env.ANON_STORAGE || "fs:.anon"),
  secret: process.env.ANON_SECRET,
  collections: { users },
  sendMail: deliver,
});
