// Shows a row as a card. All data is inserted as text, never as markup.
const LONG = 1500;

function card(index) {
  const place = listed[index];
  const element = make("li", {
    class: "card", id: `card-${place}`, "data-index": index, tabindex: index === current ? "0" : "-1",
    "aria-labelledby": `title-${place}`,
  });
  const grouping = groupLine(index);
  if (groupOf(place) !== null) element.classList.add("grouped");
  element.append(
    ...(grouping ? [grouping] : []), head(place),
    make("div", { class: "body" }, reading(place), make("div", { class: "evidence" }, bars(place), why(place))),
    foot(place),
  );
  mark(element, place);
  return element;
}

function head(place) {
  const change = make("p", { class: "change" }, chip(work.given[place], "given"));
  if (work.suggested[place] === work.given[place]) change.append(" agrees");
  else {
    change.append(make("span", { class: "arrow", role: "img", "aria-label": "suggested" }, "→"));
    change.append(chip(work.suggested[place], "suggested"));
  }
  const marks = (work.badges[place] || []).map((text) => make("span", { class: "badge" }, text));
  if (work.issue[place]) marks.unshift(make("span", { class: "badge suspected" }, "suspected"));
  if (work.list[place] === 2) marks.unshift(make("span", { class: "badge suspected" }, "to fix"));
  const title = make("h3", { id: `title-${place}`, dir: "auto" }, `Row ${work.id[place]}`);
  return make("div", { class: "head" }, title, change, make("span", { class: "marks" }, ...marks), quality(place));
}

const chip = (code, kind) => make("bdi", { class: `chip ${kind}`, title: kind }, className(code));

function quality(place) {
  const value = work.quality[place];
  const known = [likelyWrong(place), value === null ? null : `quality ${value.toFixed(3)}`];
  return make("span", { class: "quality" }, known.filter((part) => part !== null).join(" · "));
}

function reading(place) {
  const box = make("div", { class: "reading" });
  const line = detailLine(place);
  if (line) box.append(line);
  if (!work.text) return box;
  const text = work.text[place];
  const shown = make("p", { class: "text", dir: "auto" }, ...(text ? spoken(place) : ["(empty)"]));
  if (!text) shown.classList.add("empty");
  box.append(shown);
  if (text.length > LONG) {
    shown.classList.add("clipped");
    const more = make("button", { type: "button", class: "link", "data-do": "unfold" });
    more.textContent = `Show all ${number.format(text.length)} characters`;
    box.append(more);
  }
  const speaking = spokenLine(place);
  if (speaking) box.append(speaking);
  return box;
}

function bars(place) {
  const table = make("table", { class: "bars", "aria-label": "Probabilities" });
  const top = work.top[place];
  for (let at = 0; at < top.length; at += 2) {
    const share = top[at + 1] / 1000;
    const kind = top[at] === work.given[place] ? "given" : top[at] === work.suggested[place] ? "suggested" : "other";
    const fill = make("span", { class: `fill ${kind}` });
    fill.style.width = percent(share, 1);
    table.append(make("tr", {},
      make("th", { scope: "row", dir: "auto", title: className(top[at]) }, className(top[at])),
      make("td", {}, make("span", { class: "track", "aria-hidden": "true" }, fill)),
      make("td", { class: "number" }, percent(share, 1))));
  }
  return table;
}

function why(place) {
  const box = make("div", { class: "why" });
  const facts = Object.entries(work.scores)
    .filter(([, values]) => values[place] !== null)
    .map(([name, values]) => `${name.replaceAll("_", " ")} ${values[place].toFixed(2)}`);
  if (work.agreement && work.agreement[place] !== null) {
    facts.unshift(`${percent(work.agreement[place])} of the fits agree with the suggestion`);
  }
  const near = work.neighbors[place] || [];
  if (near.length) box.append(neighbors(place, near));
  if (facts.length) {
    box.append(make("details", { class: "near" }, make("summary", {}, "Scores"), make("p", { class: "facts" }, facts.join(" · "))));
  }
  return box;
}

function neighbors(place, near) {
  const same = near.filter(([, code]) => code === work.given[place]).length;
  const items = near.map(([text, code]) =>
    make("li", {}, chip(code, code === work.given[place] ? "given" : code === work.suggested[place] ? "suggested" : "other"),
      " ", make("span", { dir: "auto" }, text)));
  return make("details", { class: "near" },
    make("summary", {}, `${same} of ${counted(near.length, "nearest row has", "nearest rows have")} the given label`), make("ul", {}, ...items));
}

function groupLine(index) {
  const group = groupOf(listed[index]);
  if (group === null || (index % PAGE !== 0 && groupOf(listed[index - 1]) === group)) return null;
  const members = groups.get(group);
  const labels = new Set(members.map((place) => work.given[place]));
  const line = make("p", { class: "group" }, counted(members.length, "near-duplicate"));
  if (labels.size > 1) line.append(" · ", make("strong", {}, "their labels differ"));
  if (shownGroup === null) {
    const button = make("button", { type: "button", class: "link", "data-do": "group", "data-group": group });
    button.textContent = "Show all of them";
    line.append(" · ", button);
  }
  const all = make("button", { type: "button", class: "link", "data-do": "group-decide", "data-group": group });
  all.textContent = "Decide them together …";
  line.append(" · ", all);
  return line;
}

const BUTTONS = [
  ["accept", "Accept", "a"], ["keep", "Keep", "k"], ["relabel", "Relabel …", "r"],
  ["drop", "Drop", "d"], ["ambiguous", "Ambiguous", "m"], ["skip", "Skip", "s"],
];

// Rows without labels have a button and a key for each of the first nine labels.
const OPTIONS = document.body.classList.contains("unlabeled")
  ? data.classes.map((name, code) => code).filter((code) => code !== work.given[0]).slice(0, 9) : [];
const areAll = OPTIONS.length > 0 && OPTIONS.length === data.classes.length - 1;
const ACTS = areAll ? BUTTONS.filter(([action]) => action !== "relabel") : BUTTONS;

function option(code, at) {
  const attributes = { type: "button", class: "act", "data-do": "relabel", "data-code": code, "aria-keyshortcuts": at + 1 };
  return make("button", attributes, make("bdi", {}, className(code)), make("kbd", { "aria-hidden": "true" }, `${at + 1}`));
}

function foot(place) {
  const buttons = ACTS.map(([action, text, key]) => {
    const attributes = { type: "button", class: "act", "data-do": action, "aria-keyshortcuts": key };
    // Without a suggestion of another label there is nothing to accept.
    attributes.disabled = action === "accept" && work.suggested[place] === work.given[place];
    return make("button", attributes, text, make("kbd", { "aria-hidden": "true" }, key));
  });
  const note = make("input", {
    type: "text", class: "note", maxlength: "500", dir: "auto", placeholder: "Note", "aria-label": `Note on row ${work.id[place]}`,
  });
  return make("div", { class: "foot" }, make("div", { class: "acts" }, ...OPTIONS.map(option), ...buttons), make("p", { class: "outcome" }), note);
}

// Updates the decision shown on an existing card.
function mark(element, place) {
  const decision = decisionOf(place);
  element.dataset.action = decision ? decision[0] : "";
  for (const button of element.querySelectorAll(".act")) {
    const { do: action, code = null } = button.dataset;
    const isIt = Boolean(decision) && action === decision[0] && (code === null || Number(code) === decision[1]);
    button.setAttribute("aria-pressed", String(isIt));
  }
  element.querySelector(".theirs")?.remove();
  const theirs = theirLine(place);
  if (theirs) element.querySelector(".foot").before(theirs);
  element.querySelector(".note").value = decision ? decision[3] : "";
  const outcome = element.querySelector(".outcome");
  outcome.replaceChildren();
  if (!decision) return;
  outcome.append(OPTIONS.length && decision[0] === "relabel" ? "Labelled" : ACTIONS[decision[0]]);
  if (newLabel(place, decision) !== null) {
    outcome.append(": ", make("bdi", {}, className(decision[1] ?? work.suggested[place])));
  }
  outcome.append(" ", make("button", { type: "button", class: "link", "data-do": "clear" }, "Clear"));
}
