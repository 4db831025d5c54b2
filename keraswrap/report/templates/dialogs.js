// Lets the user choose another label; typing narrows the list.
let relabelled = -1;

function openRelabel(place) {
  relabelled = place;
  byId("relabel-search").value = "";
  showChoices();
  byId("relabel").showModal();
  byId("relabel-search").focus();
}

function choices() {
  const words = byId("relabel-search").value.toLowerCase().trim();
  const fitting = data.classes.map((name, code) => code).filter((code) =>
    code !== work.given[relabelled] && className(code).toLowerCase().includes(words));
  // Exact matches come first, then labels that begin with the text, then the suggested label.
  const rank = (code) => {
    const name = className(code).toLowerCase();
    return name === words ? 0 : name.startsWith(words) ? 1 : 2;
  };
  const likely = (code) => (code === work.suggested[relabelled] ? 0 : 1);
  return fitting.sort((a, b) => rank(a) - rank(b) || likely(a) - likely(b) || a - b);
}

function showChoices() {
  byId("relabel-classes").replaceChildren(...choices().slice(0, 200).map((code) =>
    make("button", { type: "button", dir: "auto", "data-code": code }, className(code))));
}

function choose(code) {
  byId("relabel").close();
  // Choosing the suggested label is the same as accepting it.
  if (code === work.suggested[relabelled]) act("accept", relabelled);
  else act("relabel", relabelled, code);
}

function watchDialogs() {
  byId("relabel-search").addEventListener("input", showChoices);
  byId("relabel-search").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const [first] = choices();
    if (first !== undefined) choose(first);
  });
  byId("relabel-classes").addEventListener("click", (event) => {
    const button = event.target.closest("[data-code]");
    if (button) choose(Number(button.dataset.code));
  });
  byId("relabel-cancel").addEventListener("click", () => byId("relabel").close());
  byId("relabel").addEventListener("close", () => focusCard());
}
