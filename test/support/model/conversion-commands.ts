/** Commands that convert guests by a mailed code. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { confirmConversion } from "../../../sdk/operations/confirm-conversion.ts";
import { requestConversion } from "../../../sdk/operations/request-conversion.ts";
import * as accounts from "./accounts.ts";
import { back, command, counters, type ModelCommand, often } from "./command.ts";
import { compare, noteToken } from "./real.ts";
import { createGuest } from "./sign-ins.ts";

const email = fc.constantFrom("ada@example.com", "Bob@example.com", "zoe@example.com", "nobody@example.invalid");
const input = fc.record({
  username: fc.option(fc.constantFrom("ada", "bob", "zoe"), { nil: undefined, freq: 2 }),
  data: fc.constantFrom({ cart: 2 }, { plan: "paid" }, undefined),
});

export const CONVERSION_COMMANDS: readonly fc.Arbitrary<ModelCommand>[] = [
  ...often(
    command(
      "requestConversion",
      fc.record({ token: fc.option(back, { freq: 1 }), email }),
      async (model, real, { token, email }) => {
        const asking = token === null ? await createGuest(model, real, undefined) : model.token(token);
        return compare(
          () => accounts.requestConversion(model, asking, email),
          async () => (await requestConversion(real.engine, asking.text, { email }))?.() ?? null,
          (expected, mail) => {
            assert.equal(mail === null, expected === null, expected ? "a mail is sent" : "no mail is sent");
            if (!expected || !mail) return;
            assert.deepEqual([mail.type, mail.to, mail.record.id], ["conversion", email, expected.id]);
            model.mails.push({ ...expected, text: mail.token, sid: asking.sid, email });
          },
        );
      },
    ),
  ),
  ...often(
    command("confirmConversion", fc.record({ mail: back, input }), (model, real, { mail, input }) => {
      const read = model.mail(mail);
      return compare(
        () => accounts.confirmConversion(model, read, input),
        () => confirmConversion(real.engine, read.text, input),
        (signedIn, auth) => {
          counters.confirmed++;
          noteToken(real, model, signedIn, auth);
        },
      );
    }),
  ),
];
