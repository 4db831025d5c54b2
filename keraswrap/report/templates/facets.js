// Filters the list by slices of the rows, such as the values of one of the user's columns.
const facets = data.facets;
const codeOf = (facet, place) => facet.codes.charCodeAt(place) - 65;
let chosen = facets.map(() => new Set());
let ranges = facets.map(() => [null, null]); // the smallest and the largest number or date

const valueOf = (facet, place) => work.details.values[facet.column][place];

function fitsFacets(place) {
  return facets.every((facet, at) =>
    (!chosen[at].size || chosen[at].has(codeOf(facet, place))) && fitsRange(facet, ranges[at], place));
}

function fitsRange(facet, [low, high], place) {
  if (low === null && high === null) return true;
  const text = valueOf(facet, place);
  if (text === "") return false;
  // Dates in ISO format can be compared as texts.
  const value = facet.kind === "date" ? text.slice(0, 10) : Number(text);
  return (low === null || value >= low) && (high === null || value <= high);
}

const activeFacets = () => facets.filter((_, at) => chosen[at].size || ranges[at].some((end) => end !== null)).length;

function clearFacets() {
  chosen = facets.map(() => new Set());
  ranges = facets.map(() => [null, null]);
  for (const input of byId("facets").querySelectorAll("input")) {
    if (input.type === "checkbox") input.checked = false;
    else input.value = "";
  }
  showActive();
}

// Lists the rows of one slice, with no other filter than that for suspected labels.
function chooseSlice(at, code) {
  clearFilters(false);
  chosen[at].add(code);
  byId("facets").querySelector(`input[data-facet="${at}"][data-code="${code}"]`).checked = true;
  byId("flagged").checked = facets[at].slices[code].suspected > 0;
  showActive();
  filtersChanged();
}

function showActive() {
  const n = activeFacets();
  byId("facets-active").textContent = n ? ` (${counted(n, "of them filters", "of them filter")})` : "";
}

function fillFacets() {
  byId("facets").hidden = !facets.length;
  byId("facets-all").replaceChildren(...facets.map(facetBox));
}

function facetBox(facet, at) {
  const options = facet.slices.map((slice, code) => {
    const input = make("input", { type: "checkbox", "data-facet": at, "data-code": code });
    const hits = slice.suspected ? `, ${number.format(slice.suspected)} suspected` : "";
    return make("label", { class: "check" }, input, make("span", {}, make("bdi", {}, slice.name), " ",
      make("small", {}, `${number.format(slice.n)}${hits}`)));
  });
  const box = make("fieldset", { class: "facet" }, make("legend", { dir: "auto" }, facet.name));
  if (facet.kind !== "values" && facet.column !== null) box.append(rangeLine(facet, at));
  box.append(make("div", { class: "options" }, ...options));
  return box;
}

function rangeLine(facet, at) {
  const type = facet.kind === "date" ? "date" : "number";
  const ends = ["from", "to"].map((name, end) => make("label", { class: "stack" }, name,
    make("input", { type, step: type === "number" ? "any" : null, "data-facet": at, "data-end": end, "aria-label": `${facet.name}, ${name}` })));
  return make("div", { class: "range" }, ...ends);
}

function watchFacets() {
  byId("facets").addEventListener("change", ({ target }) => {
    const at = Number(target.dataset.facet);
    if (target.dataset.code !== undefined) {
      chosen[at][target.checked ? "add" : "delete"](Number(target.dataset.code));
    } else {
      const value = facets[at].kind === "date" ? target.value : Number(target.value);
      ranges[at][Number(target.dataset.end)] = target.value === "" ? null : value;
    }
    showActive();
    filtersChanged();
  });
}
