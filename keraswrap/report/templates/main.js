// Handles events, and calls all other scripts from here.

function say(text) {
  byId("said").textContent = text;
}

function refresh() {
  list();
  page = Math.min(page, lastPage());
  current = Math.min(Math.max(current, page * PAGE), Math.max(0, listed.length - 1));
  draw();
}

function draw() {
  byId("cards").replaceChildren(...onPage().map((_, at) => card(page * PAGE + at)));
  byId("found").textContent = describeList();
  showChips();
  byId("bulk-open").disabled = !listed.length;
  byId("bulk-open").firstChild.textContent = listed.length > 1 ? `Decide all ${number.format(listed.length)} …` : "Decide …";
  byId("undo").disabled = !past.length;
  byId("page-text").textContent = `page ${number.format(page + 1)} of ${number.format(lastPage() + 1)}`;
  byId("page-back").disabled = page === 0;
  byId("page-on").disabled = page >= lastPage();
  document.querySelector(".pager").hidden = lastPage() === 0;
  if (rowMap) drawPoints();
  showCurrent();
  showProgress();
}

function showCurrent() {
  for (const element of byId("cards").children) {
    const chosen = Number(element.dataset.index) === current;
    element.tabIndex = chosen ? 0 : -1;
    element.classList.toggle("current", chosen);
    if (chosen) element.setAttribute("aria-current", "true");
    else element.removeAttribute("aria-current");
  }
  drawMap();
}

function focusCard() {
  const element = byId(`card-${listed[current]}`);
  if (!element) return;
  element.focus({ preventScroll: true });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
}

function move(by) {
  if (!listed.length) return;
  current = Math.min(Math.max(current + by, 0), listed.length - 1);
  if (Math.floor(current / PAGE) !== page) {
    page = Math.floor(current / PAGE);
    draw();
  }
  showCurrent();
  focusCard();
}

function turn(to) {
  page = Math.min(Math.max(to, 0), lastPage());
  current = page * PAGE;
  draw();
  focusCard();
}

function act(action, place = listed[current], code = null) {
  if (place === undefined) return;
  if (action === "relabel" && code === null) {
    openRelabel(place);
    return;
  }
  if (action === "accept" && work.suggested[place] === work.given[place]) {
    say(`Row ${work.id[place]}: the suggestion is the label it has. Press k to keep it.`);
    return;
  }
  change([[place, decided(place, action, action === "accept" ? work.suggested[place] : code)]]);
  const label = newLabel(place, decisionOf(place));
  say(`Row ${work.id[place]}: ${ACTIONS[action]}${label === null ? "" : `, ${label}`}`);
  after(place, 1);
}

// Counts the judged rows; of the rows to look at, how many are decided and how many still open.
function judged() {
  const found = { wrong: 0, right: 0, open: 0, decided: 0, beside: 0 };
  for (let place = 0; place < count; place += 1) {
    const outcome = outcomeOf(place);
    if (outcome === null) found.open += work.list[place] > 0;
    else found[work.list[place] > 0 ? "decided" : "beside"] += 1;
    found.wrong += outcome === HIT;
    found.right += outcome === MISS;
  }
  return found;
}

// Updates a card after a decision; if the filters now exclude it, lists the rows again.
function after(place, by) {
  const status = byId("status").value;
  if (status && !fitsStatus(status, place)) {
    refresh();
    focusCard();
    return;
  }
  const element = byId(`card-${place}`);
  if (element) mark(element, place);
  showProgress();
  current = listed.indexOf(place);
  move(by);
}

function takeBack() {
  const places = undo();
  if (places === null || !places.length) {
    say(places ? "Undone, of a row that this page does not hold" : "Nothing to undo");
    return;
  }
  const place = places.find((one) => listed.includes(one)) ?? places[0];
  say(places.length > 1 ? `${counted(places.length, "row")}: undone` : `Row ${work.id[place]}: undone`);
  list();
  if (!listed.includes(place)) clearFilters(false);
  page = Math.floor(listed.indexOf(place) / PAGE);
  current = listed.indexOf(place);
  refresh();
  focusCard();
}

function showProgress() {
  drawSlices();
  showCompared();
  showReview();
  const found = judged();
  byId("progress").max = Math.max(1, found.open + found.decided);
  byId("progress").value = found.decided;
  byId("progress-text").textContent = `${number.format(found.decided)} of ${counted(found.open + found.decided, "row")} `
    + `to look at decided${found.beside ? `, and ${counted(found.beside, "other")}` : ""}.`;
  const n = found.wrong + found.right;
  const [low, high] = n ? shareInterval(found.wrong, n) : [0, 0];
  byId("precision").textContent = n
    ? `Of ${number.format(n)} judged, ${percent(found.wrong / n)} were wrong (${percent(low)}–${percent(high)}).`
    : "None judged yet.";
  const round = (value) => number.format(Math.round(value));
  byId("left").textContent = figures
    ? `About ${round(figures.errors[0] - found.wrong)} wrong labels left (${round(Math.max(0, figures.errors[1] - found.wrong))}–${round(Math.max(0, figures.errors[2] - found.wrong))}).`
    : `How many are wrong is not known yet: judge ${counted(review.rows.length, "row")} first.`;
  byId("saved").textContent = autosaves
    ? "Saved in this browser as you go."
    : "This browser cannot save here: export before you close the page.";
}

function clearFilters(focus = true) {
  for (const id of controls) byId(id).value = id === "order" ? "worst" : "";
  byId("flagged").checked = false;
  endNarrowing();
  filtersChanged();
  if (focus) byId("search").focus();
}

function endNarrowing() {
  for (const { end } of narrowed) end();
  clearFacets();
}

function filtersChanged() {
  page = 0;
  current = 0;
  const [given, suggested] = [byId("given").value, byId("suggested").value];
  for (const cell of document.querySelectorAll(".cell")) {
    const pressed = cell.dataset.given === given && cell.dataset.suggested === suggested;
    cell.setAttribute("aria-pressed", String(pressed));
  }
  refresh();
}

function showPair(given, suggested) {
  for (const id of controls) byId(id).value = id === "order" ? "worst" : "";
  endNarrowing();
  byId("given").value = given;
  byId("suggested").value = suggested;
  byId("flagged").checked = given !== suggested;
  filtersChanged();
  byId("worklist").scrollIntoView({ block: "start" });
  byId("found").textContent = describeList();
  focusCard();
}

function download(text, name, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
  say(`${name} exported, ${counted(exported().length, "decision")}`);
}

function onCard(event) {
  const element = event.target.closest(".card");
  if (!element) return;
  current = Number(element.dataset.index);
  showCurrent();
  const button = event.target.closest("[data-do]");
  if (!button) return;
  const place = listed[current];
  const what = button.dataset.do;
  if (what === "unfold") {
    button.previousElementSibling.classList.remove("clipped");
    button.remove();
  } else if (what === "group") {
    shownGroup = button.dataset.group;
    filtersChanged();
    focusCard();
  } else if (what === "group-decide") openBulk(button.dataset.group);
  else if (what === "clear") {
    change([[place, null]]);
    after(place, 0);
  } else act(what, place, "code" in button.dataset ? Number(button.dataset.code) : null);
}

function watchCards() {
  byId("cards").addEventListener("click", onCard);
  byId("cards").addEventListener("change", (event) => {
    const element = event.target.closest(".card");
    const place = listed[Number(element.dataset.index)];
    annotate(place, event.target.value);
    mark(element, place);
    showProgress();
  });
}

function watchFilters() {
  let waiting = 0;
  byId("search").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filtersChanged, 150);
  });
  for (const id of [...controls.slice(1), "flagged"]) {
    byId(id).addEventListener("change", () => { shownGroup = null; filtersChanged(); });
  }
  byId("clear").addEventListener("click", () => clearFilters());
  document.addEventListener("click", (event) => {
    const cell = event.target.closest(".cell, .class-filter");
    if (cell) showPair(cell.dataset.given, cell.dataset.suggested || "");
  });
  byId("page-back").addEventListener("click", () => turn(page - 1));
  byId("page-on").addEventListener("click", () => turn(page + 1));
}

// Reads the chosen file, and reports the result.
async function readFile(event, take) {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  try {
    byId("saved").textContent = take(await file.text());
  } catch (error) {
    byId("saved").textContent = `Nothing was loaded: ${error.message}.`;
  }
}

function watchExport() {
  const stem = `decisions-${data.facts.data_hash || "unknown"}`;
  byId("export-csv").addEventListener("click", () => download(toCsv(), `${stem}.csv`, "text/csv"));
  byId("export-json").addEventListener("click", () => download(toJson(), `${stem}.json`, "application/json"));
  byId("reviewer").addEventListener("change", save);
  byId("import").addEventListener("click", () => byId("import-file").click());
  byId("import-file").addEventListener("change", (event) => readFile(event, (text) => {
    const taken = takeIn(text);
    refresh();
    return `Loaded ${counted(taken, "decision")}.`;
  }));
  // Decisions made in another tab with the same data apply here, too.
  addEventListener("storage", (event) => {
    if (event.key === storeKey) { loadSaved(); refresh(); }
    if (event.key === otherKey) { loadOther(); refresh(); }
  });
}

fillFilters();
fillFacets();
loadSaved();
loadOther();
fillSlices();
fillMap();
byId("keys").open = !matchMedia("(max-width: 70rem)").matches;
byId("flagged").checked = work.list.some(Boolean);
watchCards();
watchFilters();
watchPlan();
watchExport();
watchDialogs();
watchBulk();
watchFacets();
watchSlices();
watchMap();
watchCompare();
watchKeys();
refresh();
