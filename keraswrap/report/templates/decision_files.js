// Reads exported decisions, CSV or JSON. A file that is not whole, or belongs to other data, is
// refused by the rules of keraswrap.issues.read_decisions.
const COLUMNS = ["row_id", "given_label", "action", "new_label", "data_hash"];

// Returns [place, decision] for each row of the file that this page shows, or throws.
function readDecisions(text) {
  const rows = /^\s*[{[]/.test(text) ? jsonEntries(text) : csvEntries(text);
  const places = new Map(work.id.map((id, place) => [String(id), place]));
  const codes = new Map(data.labels.map((label, code) => [String(label), code]));
  const [taken, seen] = [[], new Set()];
  for (const row of rows) {
    if (row.data_hash !== data.facts.data_hash) throw new Error("it belongs to other data");
    if (!Object.hasOwn(ACTIONS, row.action)) throw new Error(`it has an unknown action, “${row.action}”`);
    if (seen.has(String(row.row_id))) throw new Error(`it decides row ${row.row_id} twice`);
    seen.add(String(row.row_id));
    const place = places.get(String(row.row_id));
    if (place === undefined) continue;
    const code = RELABELS.has(row.action) ? codes.get(String(row.new_label)) : null;
    if (code === undefined) continue;
    const rest = [row.timestamp, row.note, row.reviewer].map((value) => String(value ?? ""));
    taken.push([place, [row.action, code, ...rest]]);
  }
  return taken;
}

function jsonEntries(text) {
  const file = JSON.parse(text);
  if (file.format !== "keraswrap-decisions") throw new Error("this is no file of decisions");
  if (file.data_hash !== data.facts.data_hash) throw new Error("it belongs to other data");
  if (!Array.isArray(file.decisions)) throw new Error("it holds no decisions");
  return file.decisions.map((row) => ({ ...row, data_hash: file.data_hash }));
}

function csvEntries(text) {
  const [header = [], ...rows] = csvRows(text);
  const missing = COLUMNS.filter((name) => !header.includes(name));
  if (missing.length) throw new Error(`this is no file of decisions: it lacks the columns ${missing.join(", ")}`);
  if (new Set(header).size < header.length) throw new Error("two of its columns have the same name");
  const short = rows.findIndex((row) => row.length !== header.length);
  if (short >= 0) throw new Error(`its row ${short + 1} has ${counted(rows[short].length, "cell")}, the header ${header.length}`);
  const found = rows.map((row) => Object.fromEntries(row.map((cell, n) => [header[n], unguarded(cell)])));
  if (header.includes("entry")) checkWhole(found.map((row) => row.entry));
  return found;
}

// Splits CSV into rows of cells; quotes must be closed, and doubled within quotes. As in Python,
// the first line shows what separates cells, and blank lines are passed over.
function csvRows(text) {
  const [first] = text.split(/\r?\n/, 1);
  const [mark] = [",", ";", "\t"].sort((a, b) => first.split(b).length - first.split(a).length);
  const cell = new RegExp(`(?:"([^"]*(?:""[^"]*)*)"|([^"${mark}\\r\\n]*))(${mark}|\\r?\\n|$)`, "y");
  const rows = [[]];
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text);
    if (!found) throw new Error(`a quote is open or not doubled in row ${rows.length - 1} of the CSV; was the file cut off?`);
    rows.at(-1).push(found[1] === undefined ? found[2] : found[1].replaceAll('""', '"'));
    if (found[3] !== mark) rows.push([]);
  }
  return rows.filter((row) => row.length > 1 || row[0]);
}

const unguarded = (cell) => (cell.startsWith("'") && beginsFormula.test(cell) ? cell.slice(1) : cell);

// Entries are numbered “3 of 12”; without the last of them, the end of the file is missing.
function checkWhole(entries) {
  const found = entries.map((entry) => /^([1-9]\d*) of ([1-9]\d*)$/.exec(entry.trim())).filter(Boolean);
  const lasts = new Set(found.filter(([, n, all]) => n === all).map(([, n]) => n));
  const lost = found.find(([, , all]) => !lasts.has(all));
  if (lost) throw new Error(`the last of its ${lost[2]} decisions is missing; was the file cut off?`);
}

function takeIn(text) {
  const rows = readDecisions(text);
  change(rows);
  return rows.length;
}
