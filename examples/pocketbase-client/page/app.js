/** The official client, unmodified, with `anon.handler`. Guests are not part of it and use `pb.send`. */
import { connect, ui } from "/forms.js";
import PocketBase from "/pocketbase.js";

const pb = new PocketBase("/");
const users = pb.collection("users");
const GUESTS = "/api/collections/users";

// The idempotency key of this visitor: a double click or a retry creates only one guest.
let key = crypto.randomUUID();

pb.afterSend = (response, data, { method }) => {
  ui.logResponse(method, response);
  return data;
};

const actions = {
  async startAsGuest() {
    const options = { method: "POST", headers: { "Idempotency-Key": key }, requestKey: null };
    const { token, record } = await pb.send(`${GUESTS}/auth-anonymously`, options);
    pb.authStore.save(token, record);
  },
  async saveProfile({ nickname, color }) {
    await users.update(pb.authStore.record.id, { nickname, color });
    return "Saved.";
  },
  async convert(body) {
    const { token, record } = await pb.send(`${GUESTS}/convert`, { method: "POST", body });
    pb.authStore.save(token, record);
    return "Kept: the same account, with an email and a password.";
  },
  async signIn({ identity, password }) {
    await users.authWithPassword(identity, password);
    return "Signed in.";
  },
  async requestVerification() {
    await users.requestVerification(pb.authStore.record.email);
    return "Sent. It is in the mailbox.";
  },
  async requestReset({ email }) {
    await users.requestPasswordReset(email);
    return "If this account exists, its mail is in the mailbox.";
  },
  async confirmReset({ password, passwordConfirm }) {
    await users.confirmPasswordReset(mailed.token, password, passwordConfirm);
    mailed = null;
    forget(); // a new password ends every session
    return "The password is set. Sign in with it.";
  },
  signOut() {
    forget();
    return "Signed out on this device.";
  },
  async deleteAccount() {
    await users.delete(pb.authStore.record.id); // the client clears its store only for its own record
    forget();
    return "Deleted.";
  },
};

/** The token of a mail's link, from the part after the `#`. */
let mailed = null;

async function openMail() {
  const [, type, token] = /^#(verification|passwordReset)\/(.+)$/.exec(location.hash) ?? [];
  if (!type) return;
  // keeps the token out of the history, and a reload from sending it again
  history.replaceState(null, "", location.pathname);
  mailed = { type, token };
  if (type !== "verification") return show();
  await ui.run(async () => {
    await users.confirmVerification(token);
    // The client marks its own account as verified. Without a session of that account, verifying removes its password.
    const isOwn = pb.authStore.record?.verified === true;
    return isOwn
      ? "Your email is verified."
      : "Your email is verified. Ask for a mail to set a password, then sign in.";
  });
  await refresh();
}

/** Updates the record: it may have been converted, verified or deleted in another browser. */
async function refresh() {
  if (!pb.authStore.isValid) return pb.authStore.clear();
  try {
    await users.authRefresh({ requestKey: null });
  } catch (error) {
    // an unreachable server does not mean that the session has ended
    if ([401, 403, 404].includes(error.status)) forget();
    ui.showProblem(error);
  }
}

function forget() {
  pb.authStore.clear();
  key = crypto.randomUUID();
}

function show() {
  const { record, isValid, token } = pb.authStore;
  ui.showState({ record: isValid ? record : null, token, reset: mailed?.type === "passwordReset" });
}

connect(actions);
pb.authStore.onChange(show, true); // also when another tab signs in or out
addEventListener("hashchange", openMail);
await refresh();
await openMail();
document.documentElement.dataset.ready = "";
