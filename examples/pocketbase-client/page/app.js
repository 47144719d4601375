/** The official client, unmodified, against `anon.handler`. What is not in it (guests) goes through `pb.send`. */
import { connect, tell } from "/forms.js";
import PocketBase from "/pocketbase.js";

const pb = new PocketBase("/");
const users = pb.collection("users");
const GUESTS = "/api/collections/users";

// One key per visitor without an account: sent twice (a double click, a retry), it is still one guest.
let key = crypto.randomUUID();

pb.afterSend = (response, data, { method }) => {
  tell.wire(method, response);
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
    return "If there is such an account, its mail is in the mailbox.";
  },
  async confirmReset({ password, passwordConfirm }) {
    await users.confirmPasswordReset(mailed.token, password, passwordConfirm);
    mailed = null;
    forget(); // every session ended with the old password
    return "The password is set. Sign in with it.";
  },
  signOut() {
    forget();
    return "Signed out on this device.";
  },
  async deleteAccount() {
    await users.delete(pb.authStore.record.id); // the client forgets its own record itself
    forget();
    return "Deleted.";
  },
};

/** What a mail's link brought along, after the `#` that no server sees. */
let mailed = null;

async function openMail() {
  const [, type, token] = /^#(verification|passwordReset)\/(.+)$/.exec(location.hash) ?? [];
  if (!type) return;
  // a reload must not send it again, nor should it stay in the history
  history.replaceState(null, "", location.pathname);
  mailed = { type, token };
  if (type !== "verification") return show();
  await tell.outcome(async () => {
    await users.confirmVerification(token);
    // the client marks its own account as verified; without a session of it the account has no password from now on
    const isOwn = pb.authStore.record?.verified === true;
    return isOwn
      ? "Your email is verified."
      : "Your email is verified. Ask for a mail to set a password, then sign in.";
  });
  await refresh();
}

/** Who is signed in may have changed elsewhere: converted, verified, signed out, deleted. */
async function refresh() {
  if (!pb.authStore.isValid) return pb.authStore.clear();
  try {
    await users.authRefresh({ requestKey: null });
  } catch (error) {
    // a server that cannot be reached says nothing about the session
    if ([401, 403, 404].includes(error.status)) forget();
    tell.problem(error);
  }
}

function forget() {
  pb.authStore.clear();
  key = crypto.randomUUID();
}

function show() {
  const { record, isValid, token } = pb.authStore;
  tell.state({ record: isValid ? record : null, token, reset: mailed?.type === "passwordReset" });
}

connect(actions);
pb.authStore.onChange(show, true); // also when another tab signs in or out
addEventListener("hashchange", openMail);
await refresh();
await openMail();
document.documentElement.dataset.ready = "";
