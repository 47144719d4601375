/** The page around the client: which parts are shown, what is said, and which button calls which action. */

const element = (id) => document.getElementById(id);

/** Calls `actions[name]` for every form and button with `data-action="name"`, with the form's fields. */
export function connect(actions) {
  for (const form of document.querySelectorAll("form[data-action]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const done = await once(form, () => actions[form.dataset.action](Object.fromEntries(new FormData(form))));
      if (done) for (const secret of form.querySelectorAll("[type=password]")) secret.value = "";
    });
  }
  for (const button of document.querySelectorAll("button[data-action]")) {
    button.addEventListener("click", () => once(button, () => actions[button.dataset.action]()));
  }
}

/** One at a time: what is under way is not begun again. */
async function once(place, action) {
  if (place.ariaBusy === "true") return false;
  place.ariaBusy = "true";
  const done = await tell.outcome(action, place);
  place.ariaBusy = "false";
  return done;
}

export const tell = {
  /** Runs an action, and says how it went; `true` when it went well. */
  async outcome(action, form) {
    for (const field of document.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    element("problem").hidden = true;
    element("said").hidden = true;
    try {
      const said = await action();
      element("said").textContent = said ?? "";
      element("said").hidden = !said;
      return true;
    } catch (error) {
      tell.problem(error, form);
      return false;
    }
  },

  /** A `ClientResponseError`: what the wire said, and the fields it said it of. */
  problem(error, form) {
    const { status = 0, message, data = {} } = error.response?.status ? error.response : { message: String(error) };
    const fields = Object.entries(data).map(([name, issue]) => `${name}: ${issue.message}`);
    element("problem-text").textContent = [status || "No answer", message, ...fields].join(" · ");
    element("problem-wire").textContent = JSON.stringify({ status, message, data }, null, 2);
    element("problem").hidden = false;
    const wrong = Object.keys(data).map((name) => form?.elements?.namedItem?.(name));
    for (const field of wrong) if (field instanceof HTMLElement) field.ariaInvalid = "true";
    wrong.find((field) => field instanceof HTMLElement)?.focus();
  },

  /** One line for each response, the newest first. */
  wire(method, response) {
    const line = document.createElement("li");
    const status = Object.assign(document.createElement("strong"), { textContent: response.status });
    status.className = response.ok ? "ok" : "refused";
    line.append(status, ` ${method} ${new URL(response.url).pathname.replace(/^.*\/collections\//, "")}`);
    element("wire").prepend(line);
    element("no-wire").hidden = true;
  },

  /** Who is signed in, and what they can do. */
  state({ record, token, reset }) {
    const is = {
      nobody: !record,
      stranger: !record && !reset,
      guest: record?.anonymous === true,
      registered: record?.anonymous === false,
      unverified: record?.anonymous === false && !record.verified,
      reset,
    };
    for (const part of document.querySelectorAll("[data-for]")) {
      part.hidden = !part.dataset.for.split(" ").some((state) => is[state]);
    }
    element("who").textContent = is.nobody ? "Nobody" : is.guest ? "Guest" : "Registered";
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
