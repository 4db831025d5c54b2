// Reads the data of the page. Texts in it are inserted as textContent only, never as markup.
const data = JSON.parse(document.getElementById("data").textContent);
const work = data.worklist;
const count = work.position.length;
const byId = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en");
const percent = (share, digits = 0) => `${(100 * share).toFixed(digits)}%`;
// "1 row", "2 rows"; for a phrase with a verb, pass both forms.
const counted = (n, one, many = `${one}s`) => `${number.format(n)} ${n === 1 ? one : many}`;
const className = (code) => data.classes[code];

// Rows that are shown together, by group; groups of a single row are removed.
const groups = new Map();
for (const [place, group] of Object.entries(work.group)) {
  if (!groups.has(group)) groups.set(group, []);
  groups.get(group).push(Number(place));
}
for (const [group, members] of groups) {
  if (members.length < 2) groups.delete(group);
}
const groupOf = (place) => (groups.has(work.group[place]) ? work.group[place] : null);

// Makes an element; a child that is a string becomes text, never markup.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}
