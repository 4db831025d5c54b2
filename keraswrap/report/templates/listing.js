// Decides which rows are listed, in which order, and which of them the keys act on.
const PAGE = 50;
let listed = [];
let page = 0;
let current = 0; // a place in `listed`
let shownGroup = null;

const controls = ["search", "list", "given", "suggested", "status", "badge", "order"];

function fillSelect(id, values, every) {
  byId(id).replaceChildren(...(every === null ? [] : [make("option", { value: "" }, every)]));
  for (const [value, text] of values) byId(id).append(make("option", { value }, text));
}

function fillFilters() {
  const classes = data.classes.map((name, code) => [String(code), name]);
  fillSelect("given", classes, "any");
  fillSelect("suggested", classes, "any");
  const badges = new Map();
  for (const marks of Object.values(work.badges)) {
    for (const mark of marks) badges.set(mark, (badges.get(mark) || 0) + 1);
  }
  fillSelect("badge", [...badges].map(([mark, n]) => [mark, `${mark} (${number.format(n)})`]), "any");
  byId("badge-label").hidden = badges.size === 0;
}

function fits(filters, place) {
  if (shownGroup !== null) return groupOf(place) === shownGroup;
  // With a pair of labels, list the rows that its cell counts; otherwise, those worth a look.
  const pair = filters.given !== "" && filters.suggested !== "";
  if (filters.flagged && !(pair ? work.issue : work.list)[place]) return false;
  if (filters.list !== "" && work.list[place] !== Number(filters.list)) return false;
  if (filters.given !== "" && work.given[place] !== Number(filters.given)) return false;
  if (!fitsMap(place) || !fitsFacets(place)) return false;
  if (filters.suggested !== "" && work.suggested[place] !== Number(filters.suggested)) return false;
  if (filters.badge && !(work.badges[place] || []).includes(filters.badge)) return false;
  return fitsStatus(filters.status, place) && fitsSearch(filters.search, place);
}

function fitsStatus(status, place) {
  if (!status) return true;
  const decision = decisionOf(place);
  if (status === "todo") return !decision;
  if (status === "settle") return toSettle(place);
  if (status === "theirs") return onlyTheirs(place);
  return Boolean(decision) && (status === "done" || decision[0] === status);
}

function fitsSearch(words, place) {
  if (!words.length) return true;
  const own = detailsOf(place).map(([, value]) => value).join("\n");
  const text = `${work.id[place]}\n${own}\n${work.text ? work.text[place] : ""}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

const lengthOf = (place) => (work.text ? work.text[place].length : 0);
const ORDERS = {
  worst: (a, b) => a - b,
  best: (a, b) => b - a,
  row: (a, b) => work.position[a] - work.position[b],
  long: (a, b) => lengthOf(b) - lengthOf(a) || a - b,
  short: (a, b) => lengthOf(a) - lengthOf(b) || a - b,
};

function readFilters() {
  const filters = Object.fromEntries(controls.map((id) => [id, byId(id).value]));
  filters.search = filters.search.toLowerCase().split(/\s+/).filter(Boolean);
  return { ...filters, flagged: byId("flagged").checked };
}

function list() {
  if (planned) {
    listed = [...review.rows];
    return;
  }
  const filters = readFilters();
  const found = [];
  for (let place = 0; place < count; place += 1) if (fits(filters, place)) found.push(place);
  listed = together(found.sort(ORDERS[filters.order]));
}

// Moves the rows of each group to the first of them.
function together(places) {
  const chosen = new Map();
  for (const place of places) {
    const group = groupOf(place);
    if (group === null) continue;
    if (!chosen.has(group)) chosen.set(group, []);
    chosen.get(group).push(place);
  }
  const taken = new Set();
  return places.flatMap((place) => {
    const group = groupOf(place);
    if (group === null) return [place];
    if (taken.has(group)) return [];
    taken.add(group);
    return chosen.get(group);
  });
}

const lastPage = () => Math.max(0, Math.ceil(listed.length / PAGE) - 1);
const onPage = () => listed.slice(page * PAGE, (page + 1) * PAGE);

const describeList = () => (listed.length ? counted(listed.length, "row") : "No row fits these filters.");

// What narrows the list besides the filters above it, each with a button that clears it.
const narrowed = [
  { on: () => shownGroup !== null, text: "near-duplicates of one row", end: () => { shownGroup = null; } },
  { on: () => brushed !== null, text: "rows in the frame on the map", end: () => { brushed = null; } },
];

function showChips() {
  byId("chips").replaceChildren(...narrowed.filter(({ on }) => on()).map((one) => {
    const button = make("button", { type: "button", class: "chip-end" }, `Only ${one.text} `, make("span", { "aria-hidden": "true" }, "×"),
      make("span", { class: "visually-hidden" }, ": end"));
    button.addEventListener("click", () => { one.end(); filtersChanged(); focusCard(); });
    return button;
  }));
}
