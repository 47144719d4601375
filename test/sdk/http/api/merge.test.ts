import assert from "node:assert/strict";
import { it } from "node:test";
import { refusal, startApi } from "../../../support/api.ts";
import { PASSWORD } from "../../../support/sdk.ts";

it("a guest whose email is taken merges into that account with the HTTP API alone", async () => {
  const { send } = startApi();
  const ada = { email: "ada@example.com", password: PASSWORD, passwordConfirm: PASSWORD };
  await send("POST", "users/records", { body: { ...ada, plan: "paid" } });
  const { body: guest } = await send("POST", "users/auth-anonymously", { body: { plan: "free", cart: ["tea"] } });
  refusal(await send("POST", "users/convert", { token: guest.token, body: ada }), 400, {
    email: "validation_not_unique",
  });
  const { body: account } = await send("POST", "users/auth-with-password", {
    body: { identity: ada.email, password: PASSWORD },
  });
  const merge = (body: object, token: string = guest.token) => send("POST", "users/merge", { token, body });
  refusal(await merge({}), 400, { token: "validation_required" });
  refusal(await merge({ token: guest.token }), 409);
  refusal(await merge({ token: `${account.token}x` }), 400, { token: "validation_invalid_token" });
  refusal(await merge({ token: account.token, strategy: "combine" }), 400, { strategy: "validation_in_invalid" });
  refusal(await merge({ token: account.token, strategy: "refuse" }), 400, { strategy: "validation_in_invalid" });
  refusal(await merge({ token: account.token }, account.token), 403);
  const { status, body } = await merge({ token: account.token, strategy: "keep-anonymous" });
  assert.equal(status, 200);
  assert.deepEqual([body.record.id, body.record.plan, body.record.cart], [account.record.id, "free", ["tea"]]);
  const { body: refreshed } = await send("POST", "users/auth-refresh", { token: guest.token });
  assert.equal(refreshed.record.id, account.record.id);
});
