// Shows how many labels of each slice are suspected, and how many of those judged were wrong.
let slicedBy = 0;

function fillSlices() {
  byId("slices").hidden = !facets.length;
  if (!facets.length) return;
  byId("sliced-by").replaceChildren(...facets.map((facet, at) => make("option", { value: at }, facet.name)));
  const out = facets.flatMap((facet) => facet.slices.filter((slice) => slice.stands_out).map((slice) => [facet, slice]));
  byId("stand-out").replaceChildren(...out.map(([facet, slice]) => make("li", {},
    make("strong", {}, make("bdi", {}, facet.name), ": ", make("bdi", {}, slice.name)),
    ` stands out: ${percent(slice.suspected / slice.n, 1)} of ${counted(slice.n, "label is", "labels are")} suspected `
    + `(${percent(slice.low, 1)}–${percent(slice.high, 1)}), elsewhere ${percent(slice.elsewhere, 1)}.`)));
  if (!out.length) byId("stand-out").append(make("li", { class: "hint" }, "No slice has more suspected labels than chance explains."));
  const first = facets.findIndex((facet) => facet.slices.some((slice) => slice.stands_out));
  slicedBy = Math.max(0, first);
  byId("sliced-by").value = slicedBy;
  drawSlices();
}

function judgedBySlice() {
  const facet = facets[slicedBy];
  const found = facet.slices.map(() => ({ wrong: 0, n: 0 }));
  for (const [position, [action]] of decisions) {
    const place = placeAt.get(position);
    if (place === undefined || !(WRONG.has(action) || action === "keep")) continue;
    const slice = found[codeOf(facet, place)];
    slice.n += 1;
    slice.wrong += WRONG.has(action) ? 1 : 0;
  }
  return found;
}

function share(hits, n, [low, high]) {
  const cell = make("td", { class: "bar" });
  const svg = (tag, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  const picture = svg("svg", { viewBox: "0 0 100 14", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" });
  picture.append(svg("rect", { class: "track", x: 0, y: 3, width: 100, height: 8 }),
    svg("rect", { class: "fill", x: 0, y: 3, width: (100 * hits) / n, height: 8 }),
    svg("rect", { class: "whisker", x: 100 * low, y: 6, width: Math.max(0.3, 100 * (high - low)), height: 2 }));
  cell.append(picture, make("span", {}, `${number.format(hits)}: ${percent(hits / n, 1)} `,
    make("small", {}, `(${percent(low, 1)}–${percent(high, 1)})`)));
  return cell;
}

function drawSlices() {
  if (!facets.length) return;
  const judgedHere = judgedBySlice();
  byId("slices-rows").replaceChildren(...facets[slicedBy].slices.map((slice, code) => {
    const { wrong, n } = judgedHere[code];
    const button = make("button", { type: "button", class: "link", "data-slice": code, dir: "auto" }, slice.name);
    return make("tr", {},
      make("th", { scope: "row" }, button, slice.stands_out ? make("span", { class: "badge suspected" }, "stands out") : null),
      make("td", { class: "number" }, number.format(slice.n)),
      share(slice.suspected, slice.n, [slice.low, slice.high]),
      n ? share(wrong, n, shareInterval(wrong, n)) : make("td", { class: "hint" }, "none judged"));
  }));
}

function watchSlices() {
  byId("sliced-by").addEventListener("change", (event) => {
    slicedBy = Number(event.target.value);
    drawSlices();
  });
  byId("slices-rows").addEventListener("click", (event) => {
    const button = event.target.closest("[data-slice]");
    if (!button) return;
    chooseSlice(slicedBy, Number(button.dataset.slice));
    byId("worklist").scrollIntoView({ block: "start" });
    focusCard();
  });
}
