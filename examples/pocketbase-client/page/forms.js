/** The page: which parts are shown, the messages, and which button calls which action. */

const element = (id) => document.getElementById(id);

/** Calls `actions[name]` for every form and button with `data-action="name"`, with the form's fields. */
export function connect(actions) {
  for (const form of document.querySelectorAll("form[data-action]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const done = await runOnce(form, () => actions[form.dataset.action](Object.fromEntries(new FormData(form))));
      if (done) for (const secret of form.querySelectorAll("[type=password]")) secret.value = "";
    });
  }
  for (const button of document.querySelectorAll("button[data-action]")) {
    button.addEventListener("click", () => runOnce(button, () => actions[button.dataset.action]()));
  }
}

/** Ignores the form or button while its action is running. */
async function runOnce(place, action) {
  if (place.ariaBusy === "true") return false;
  place.ariaBusy = "true";
  const done = await ui.run(action, place);
  place.ariaBusy = "false";
  return done;
}

export const ui = {
  /** Runs an action and shows its result; returns whether it succeeded. */
  async run(action, form) {
    for (const field of document.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    element("problem").hidden = true;
    element("notice").hidden = true;
    try {
      const notice = await action();
      element("notice").textContent = notice ?? "";
      element("notice").hidden = !notice;
      return true;
    } catch (error) {
      ui.showProblem(error, form);
      return false;
    }
  },

  /** Shows a `ClientResponseError`, and marks the wrong fields. */
  showProblem(error, form) {
    const { status = 0, message, data = {} } = error.response?.status ? error.response : { message: String(error) };
    const fields = Object.entries(data).map(([name, issue]) => `${name}: ${issue.message}`);
    element("problem-text").textContent = [status || "No response", message, ...fields].join(" · ");
    element("problem-details").textContent = JSON.stringify({ status, message, data }, null, 2);
    element("problem").hidden = false;
    const wrong = Object.keys(data).map((name) => form?.elements?.namedItem?.(name));
    for (const field of wrong) if (field instanceof HTMLElement) field.ariaInvalid = "true";
    wrong.find((field) => field instanceof HTMLElement)?.focus();
  },

  /** Adds a line for a response, newest first. */
  logResponse(method, response) {
    const line = document.createElement("li");
    const status = Object.assign(document.createElement("strong"), { textContent: response.status });
    status.className = response.ok ? "ok" : "refused";
    line.append(status, ` ${method} ${new URL(response.url).pathname.replace(/^.*\/collections\//, "")}`);
    element("requests").prepend(line);
    element("no-requests").hidden = true;
  },

  /** Shows who is signed in, and the parts of the page for them. */
  showState({ record, token, reset }) {
    const is = {
      signedOut: !record,
      visitor: !record && !reset,
      guest: record?.anonymous === true,
      registered: record?.anonymous === false,
      unverified: record?.anonymous === false && !record.verified,
      reset,
    };
    for (const part of document.querySelectorAll("[data-for]")) {
      part.hidden = !part.dataset.for.split(" ").some((state) => is[state]);
    }
    element("who").textContent = is.signedOut ? "Not signed in" : is.guest ? "Guest" : "Registered";
    document.documentElement.dataset.color = record?.color ?? "sand";
    if (record) showRecord(record, token);
  },
};

function showRecord(record, token) {
  const { exp } = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  const shown = {
    id: record.id,
    anonymous: record.anonymous,
    email: record.email,
    verified: record.verified,
    "session until": new Date(exp * 1000).toLocaleString(),
  };
  const pairs = Object.entries(shown).flatMap(([name, value]) => [
    Object.assign(document.createElement("dt"), { textContent: name }),
    Object.assign(document.createElement("dd"), { textContent: String(value) }),
  ]);
  element("record").replaceChildren(...pairs);
  const form = document.querySelector("form[data-action=saveProfile]");
  form.elements.nickname.value = record.nickname;
  form.elements.color.value = record.color;
}
