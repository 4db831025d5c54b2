// Keeps decisions by the row's position in the data, so that they survive a new ranking of the same
// data. Each is [action, class or null, ISO time, note, reviewer]; an accepted suggestion is stored
// with its class, since another model may suggest a different one.
const ACTIONS = {
  accept: "Accepted", keep: "Kept", relabel: "Relabelled",
  drop: "Dropped", ambiguous: "Ambiguous", skip: "Skipped",
};
// Limits of undo: the last 500 steps, and no more than this many rows in all of them.
const [HISTORY, HISTORY_ROWS] = [500, 100000];
const storeKey = `keraswrap:decisions:${data.facts.data_hash}`;
const placeAt = new Map(work.position.map((position, place) => [position, place]));
let decisions = new Map();
let past = []; // each step a list of [position, what was decided before]
let autosaves = true;

function loadSaved() {
  try {
    const saved = JSON.parse(localStorage.getItem(storeKey) || "{}");
    decisions = new Map((saved.decisions || []).filter(isSound));
    past = (saved.past || []).map(readStep).filter(Boolean);
    byId("reviewer").value = saved.reviewer || "";
  } catch {
    autosaves = false;
  }
}

// All files of a folder share this storage, so an entry may come from another page: check it.
function isSound(entry) {
  return Array.isArray(entry) && Number.isInteger(entry[0]) && Array.isArray(entry[1])
    && Object.hasOwn(ACTIONS, entry[1][0])
    && (entry[1][1] === null || className(entry[1][1]) !== undefined);
}

// Version 0.1 stored one row per step, as [position, before].
function readStep(step) {
  if (!Array.isArray(step)) return null;
  const rows = Number.isInteger(step[0]) ? [step] : step;
  const sound = (row) => Array.isArray(row) && Number.isInteger(row[0]) && (row[1] === null || isSound(row));
  return rows.length && rows.every(sound) ? rows : null;
}

function save() {
  // If there is no room for both, the decisions matter more than the undo history.
  autosaves = store(past) || store([]);
}

function store(steps) {
  try {
    const reviewer = byId("reviewer").value;
    localStorage.setItem(storeKey, JSON.stringify({ decisions: [...decisions], past: steps, reviewer }));
    return true;
  } catch {
    return false;
  }
}

const decisionOf = (place) => decisions.get(work.position[place]) || null;

// Changes the decisions on some rows, each [place, decision or null], as one undo step.
function change(rows) {
  if (!rows.length) return;
  past.push(rows.map(([place]) => [work.position[place], decisionOf(place)]));
  past = past.slice(-HISTORY);
  let remembered = past.reduce((sum, step) => sum + step.length, 0);
  while (past.length > 1 && remembered > HISTORY_ROWS) remembered -= past.shift().length;
  put(rows.map(([place, decision]) => [work.position[place], decision]));
}

function put(rows) {
  for (const [position, decision] of rows) {
    if (decision) decisions.set(position, decision);
    else decisions.delete(position);
  }
  byId("undo").disabled = !past.length;
  save();
}

function decided(place, action, code = null) {
  const before = decisionOf(place);
  return [action, code, now(), before ? before[3] : "", byId("reviewer").value];
}

function annotate(place, note) {
  const before = decisionOf(place);
  if (!before && !note) return;
  const [action, code] = before || ["skip", null];
  change([[place, [action, code, now(), note, byId("reviewer").value]]]);
}

// Undoes the last step, and returns the places of its rows; null if there is no step.
function undo() {
  const step = past.pop();
  if (!step) return null;
  put(step);
  return step.map(([position]) => placeAt.get(position)).filter((place) => place !== undefined);
}

const now = () => new Date().toISOString().replace(/\.\d+Z$/, "Z");

const RELABELS = new Set(["accept", "relabel"]);

function newLabel(place, [action, code]) {
  if (!RELABELS.has(action)) return null;
  return data.labels[code === null ? work.suggested[place] : code];
}

function exported() {
  const rows = [];
  for (let place = 0; place < count; place += 1) {
    const found = decisionOf(place);
    if (!found) continue;
    rows.push({
      row_id: work.id[place],
      given_label: data.labels[work.given[place]],
      action: found[0],
      new_label: newLabel(place, found),
      reviewer: found[4],
      note: found[3],
      timestamp: found[2],
      ...Object.fromEntries(detailsOf(place)),
      data_hash: data.facts.data_hash,
    });
  }
  return rows;
}

function toJson() {
  const head = { format: "keraswrap-decisions", version: 1, data_hash: data.facts.data_hash };
  return JSON.stringify({ ...head, decisions: exported() }, null, 1);
}

function toCsv() {
  const names = [
    "row_id", "given_label", "action", "new_label", "reviewer", "note", "timestamp",
    ...(work.details ? work.details.names : []), "entry", "data_hash",
  ];
  // With these numbers, a file whose last rows were cut off is recognized.
  const rows = exported().map((row, n, all) => ({ ...row, entry: `${n + 1} of ${all.length}` }));
  const lines = rows.map((row) => names.map((name) => csvCell(row[name])).join(","));
  return `${[names.map(csvCell).join(","), ...lines].join("\r\n")}\r\n`;
}

// A spreadsheet runs a cell that begins like a formula; a leading apostrophe makes it text. The
// rule and its inverse are those of keraswrap/_tables/formulas.py.
const beginsFormula = new RegExp(`^(?:${data.spreadsheet.formula})`);
const isNumber = new RegExp(`^(?:${data.spreadsheet.number})$`);

function csvCell(value) {
  let text = value === null ? "" : String(value);
  if (beginsFormula.test(text) && !isNumber.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
