// A scanned URL has the code after the #, which browsers do not send to servers. This moves it from the URL into the form.
// Without scripts the code has to be typed.
const code = document.getElementById("code");
const button = code.form.querySelector("button");

function fill() {
  const [, scanned] = /^#([0-9A-Za-z-]{16,24})$/.exec(location.hash) ?? [];
  if (!scanned) return;
  code.value = scanned;
  history.replaceState(null, "", location.pathname);
  button.focus();
}

fill();
addEventListener("hashchange", fill);
// a second click would send a code that is already used
code.form.addEventListener("submit", () => {
  button.disabled = true;
});
addEventListener("pageshow", () => {
  button.disabled = false;
});
