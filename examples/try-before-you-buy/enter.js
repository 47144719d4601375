// A scanned address has its code behind the #, which no browser sends to a server: this puts it into the form, and takes it
// out of the address. Without scripts the code is typed in.
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
// a second click would send a code that the first one has used up
code.form.addEventListener("submit", () => {
  button.disabled = true;
});
addEventListener("pageshow", () => {
  button.disabled = false;
});
