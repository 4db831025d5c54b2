// Single keys act on the current card, unless the user is typing or has switched them off.
const KEYS = {
  a: () => act("accept"), k: () => act("keep"), d: () => act("drop"),
  m: () => act("ambiguous"), s: () => act("skip"), r: () => act("relabel"),
  u: () => takeBack(), j: () => move(1), i: () => move(-1),
  b: () => { if (listed.length) openBulk(); }, "?": () => showKeys(),
  n: () => focusNote(), "/": () => byId("search").focus(),
};

const isTyping = (element) => element.closest("input:not([type=checkbox]), select, textarea, dialog") !== null;

function watchKeys() {
  OPTIONS.forEach((code, at) => { KEYS[at + 1] = () => act("relabel", undefined, code); });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape" && isTyping(event.target) && !event.target.closest("dialog")) {
      focusCard();
      return;
    }
    const key = KEYS[event.key.toLowerCase()];
    if (!key || !byId("keys-on").checked || isTyping(event.target)) return;
    event.preventDefault();
    key();
  });
}

function showKeys() {
  byId("keys").open = true;
  byId("keys").scrollIntoView({ block: "nearest" });
  byId("keys").querySelector("summary").focus({ preventScroll: true });
}

function focusNote() {
  const note = document.querySelector(`#card-${listed[current]} .note`);
  if (note) note.focus();
}
