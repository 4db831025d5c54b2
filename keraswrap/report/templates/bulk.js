// Makes one decision for many rows: those listed, or the copies of one row. The dialog says first
// how many there are, and one undo takes it back.
let [bulkRows, bulkGroup] = [[], null];

const BULK = {
  accept: (place) => (work.suggested[place] === work.given[place] ? null : decided(place, "accept", work.suggested[place])),
  keep: (place) => decided(place, "keep"),
  // Choosing the suggested label is the same as accepting it.
  relabel: (place, code) => (code === work.given[place] ? null
    : decided(place, code === work.suggested[place] ? "accept" : "relabel", code)),
};
const BULK_DONE = {
  accept: ["suggestion accepted", "suggestions accepted"],
  keep: ["label kept", "labels kept"],
  relabel: ["label changed", "labels changed"],
};
const BULK_TODO = {
  accept: ["suggestion will be accepted", "suggestions will be accepted"],
  keep: ["label will be kept", "labels will be kept"],
  relabel: ["label will be changed", "labels will be changed"],
};
const BULK_LEFT = { accept: "the suggestion is the label there is", relabel: "that is the label there is" };

function openBulk(group = null) {
  bulkGroup = group;
  byId("bulk-title").textContent = group === null
    ? `Decide ${counted(listed.length, "row that is", "rows that are")} listed`
    : `Decide ${counted(groups.get(group).length, "near-duplicate")}`;
  fillSelect("bulk-class", data.classes.map((name, code) => [String(code), name]), null);
  for (const id of ["bulk-decided", "bulk-hidden"]) byId(id).checked = false;
  showBulk();
  byId("bulk").showModal();
}

function chosenBulk() {
  const action = document.querySelector("input[name=bulk]:checked").value;
  return [action, action === "relabel" ? Number(byId("bulk-class").value) : null];
}

// Returns what would be decided, and counts the rows that are left as they are, by reason.
function planBulk() {
  const [action, code] = chosenBulk();
  const shown = new Set(listed);
  const all = bulkGroup === null ? listed : groups.get(bulkGroup);
  const open = all.filter((place) => byId("bulk-hidden").checked || shown.has(place));
  const free = open.filter((place) => byId("bulk-decided").checked || !decisionOf(place));
  const rows = free.map((place) => [place, BULK[action](place, code)]);
  return {
    action,
    rows: rows.filter(([, decision]) => decision),
    hidden: all.length - all.filter((place) => shown.has(place)).length,
    before: open.filter(decisionOf).length,
    same: rows.filter(([, decision]) => !decision).length,
  };
}

function showBulk() {
  const plan = planBulk();
  bulkRows = plan.rows;
  byId("bulk-decided-line").hidden = !plan.before;
  byId("bulk-decided-text").textContent = `Also ${counted(plan.before, "row that is", "rows that are")} decided already`;
  byId("bulk-hidden-line").hidden = !plan.hidden;
  byId("bulk-hidden-text").textContent = `Also ${counted(plan.hidden, "row", "rows")} that the filters hide`;
  const left = plan.same ? ` ${counted(plan.same, "row stays as it is", "rows stay as they are")}: ${BULK_LEFT[plan.action]}.` : "";
  byId("bulk-text").textContent = `${counted(plan.rows.length, ...BULK_TODO[plan.action])}.${left} Undo takes all of it back at once.`;
  byId("bulk-do").textContent = plan.rows.length ? `Decide ${counted(plan.rows.length, "row")}` : "Nothing to decide";
  byId("bulk-do").disabled = !plan.rows.length;
}

function doBulk() {
  const [action] = chosenBulk();
  change(bulkRows);
  byId("bulk").close();
  say(`${counted(bulkRows.length, ...BULK_DONE[action])}. Undo takes it back.`);
  refresh();
  focusCard();
}

function watchBulk() {
  byId("bulk-open").addEventListener("click", () => openBulk());
  byId("undo").addEventListener("click", takeBack);
  byId("bulk").addEventListener("change", (event) => {
    if (event.target.id === "bulk-class") document.querySelector("input[name=bulk][value=relabel]").checked = true;
    showBulk();
  });
  byId("bulk-do").addEventListener("click", doBulk);
  byId("bulk-cancel").addEventListener("click", () => byId("bulk").close());
  byId("bulk").addEventListener("close", () => focusCard());
}
