// Compares another reviewer's decisions with one's own: how far they agree, and the rows to settle.
// `mine` holds the decisions made here before the other's file was loaded: agreement is measured on
// those, and a row is settled once it is decided again.
let other = null; // { name, theirs, mine }, maps by position
const otherKey = `${storeKey}:other`;

function loadOther() {
  try {
    const saved = JSON.parse(localStorage.getItem(otherKey) || "null");
    if (!saved) { other = null; return; }
    other = { name: String(saved.name), theirs: new Map(saved.theirs.filter(isSound)), mine: new Map(saved.mine.filter(isSound)) };
  } catch {
    other = null;
  }
}

function saveOther() {
  try {
    if (!other) localStorage.removeItem(otherKey);
    else localStorage.setItem(otherKey, JSON.stringify({ name: other.name, theirs: [...other.theirs], mine: [...other.mine] }));
  } catch {
    // Not stored, but the file can be loaded again.
  }
}

// Returns the outcome of a decision: a label, or what is done with the row; null if not judged.
function outcome(place, decision) {
  if (!decision || decision[0] === "skip") return null;
  if (decision[0] === "keep") return work.given[place];
  return RELABELS.has(decision[0]) ? decision[1] ?? work.suggested[place] : decision[0];
}

const theirsOf = (place) => (other && other.theirs.get(work.position[place])) || null;
const mineOf = (place) => (other && other.mine.get(work.position[place])) || null;

function bothJudged(place) {
  const [mine, theirs] = [outcome(place, mineOf(place)), outcome(place, theirsOf(place))];
  return mine === null || theirs === null ? null : [mine, theirs];
}

function toSettle(place) {
  const both = other && bothJudged(place);
  if (!both || both[0] === both[1]) return false;
  return JSON.stringify(decisionOf(place)) === JSON.stringify(mineOf(place));
}

const onlyTheirs = (place) => Boolean(other) && outcome(place, theirsOf(place)) !== null && outcome(place, decisionOf(place)) === null;

// Returns agreement with Wilson's interval, and Cohen's kappa with the interval that follows from
// its ends, as keraswrap.issues.merge_decisions does.
function agreement() {
  const [mine, theirs] = [new Map(), new Map()];
  let [n, same] = [0, 0];
  for (let place = 0; place < count; place += 1) {
    const both = bothJudged(place);
    if (!both) continue;
    n += 1;
    same += both[0] === both[1] ? 1 : 0;
    mine.set(both[0], (mine.get(both[0]) || 0) + 1);
    theirs.set(both[1], (theirs.get(both[1]) || 0) + 1);
  }
  if (!n) return null;
  let chance = 0;
  for (const [what, times] of mine) chance += (times / n) * ((theirs.get(what) || 0) / n);
  const ends = [same / n, ...shareInterval(same, n)];
  const kappa = chance < 1 - 1e-12 ? ends.map((share) => (share - chance) / (1 - chance)) : null;
  return { n, same, ends, kappa };
}

function countRows(test) {
  let found = 0;
  for (let place = 0; place < count; place += 1) found += test(place) ? 1 : 0;
  return found;
}

function showCompared() {
  byId("compared").hidden = !other;
  for (const option of document.querySelectorAll("#status .two")) option.hidden = option.disabled = !other;
  if (!other) return;
  const found = agreement();
  byId("compared-name").textContent = other.name;
  const decimals = (value) => value.toFixed(2).replace("-", "−");
  byId("agreement").textContent = found
    ? `${counted(found.n, "row")} judged by both: you agree on ${percent(found.ends[0])} (${percent(found.ends[1])}–${percent(found.ends[2])}). `
      + (found.kappa ? `Cohen's kappa ${decimals(found.kappa[0])} (${decimals(found.kappa[1])} to ${decimals(found.kappa[2])}).`
        : "Cohen's kappa is not defined, as both say the same of every row.")
    : "No row is judged by both.";
  const [settle, only] = [countRows(toSettle), countRows(onlyTheirs)];
  byId("settle").disabled = !settle;
  byId("settle").textContent = settle ? `Settle ${counted(settle, "row")}` : "Nothing to settle";
  byId("take-theirs").hidden = !only;
  byId("take-theirs").textContent = `Take over ${counted(only, "decision")} on rows you have not judged`;
}

function compareWith(text) {
  const found = readDecisions(text);
  const names = new Set(found.map(([, decision]) => decision[4]).filter(Boolean));
  other = {
    name: [...names].join(", ") || "the other reviewer",
    theirs: new Map(found.map(([place, decision]) => [work.position[place], decision])),
    mine: new Map(decisions),
  };
  saveOther();
  return found.length;
}

// Shows the other reviewer's decision on a card.
function theirLine(place) {
  const decision = theirsOf(place);
  if (!decision) return null;
  const line = make("p", { class: "theirs" }, make("bdi", {}, other.name), `: ${ACTIONS[decision[0]].toLowerCase()}`);
  if (RELABELS.has(decision[0])) line.append(", ", make("bdi", {}, className(decision[1] ?? work.suggested[place])));
  if (decision[3]) line.append(" – ", make("bdi", {}, decision[3]));
  if (toSettle(place)) line.append(" ", make("span", { class: "badge suspected" }, "to settle"));
  return line;
}

function listStatus(status) {
  clearFilters(false);
  byId("status").value = status;
  filtersChanged();
  focusCard();
}

function watchCompare() {
  byId("compare").addEventListener("click", () => byId("compare-file").click());
  byId("compare-file").addEventListener("change", (event) => readFile(event, (text) => {
    const n = compareWith(text);
    refresh();
    return `Compared with ${counted(n, "decision")}.`;
  }));
  byId("settle").addEventListener("click", () => listStatus("settle"));
  byId("take-theirs").addEventListener("click", () => {
    const rows = [];
    for (let place = 0; place < count; place += 1) if (onlyTheirs(place)) rows.push([place, theirsOf(place)]);
    change(rows);
    say(`${counted(rows.length, "decision")} taken over. Undo takes it back.`);
    refresh();
  });
  byId("compared-end").addEventListener("click", () => {
    other = null;
    saveOther();
    if (["settle", "theirs"].includes(byId("status").value)) byId("status").value = "";
    filtersChanged();
    byId("compare").focus();
  });
}
