// Lists the rows to judge first, and updates the estimates with each decision.
const review = data.review;
const stratumAt = (rank) => review.edges.findIndex((edge) => edge > rank) - 1;
const headRows = count - review.ranks.length;
const stratumOf = work.position.map((_, place) => stratumAt(place < headRows ? place : review.ranks[place - headRows]));
let planned = false;
let figures = null; // null until a row is judged

// Actions that mean that a label is wrong; ambiguous and skipped rows count as neither.
const WRONG = new Set(["accept", "relabel", "drop"]);

function outcomeOf(place) {
  const decision = decisionOf(place);
  if (!decision) return null;
  if (decision[0] === "keep") return MISS;
  if (!WRONG.has(decision[0])) return UNSURE;
  return newLabel(place, decision) === data.labels[work.given[place]] ? MISS : HIT;
}

// Counts, in each stratum, the plan's rows in their order up to the first one that is not judged.
function countSample() {
  const counts = review.edges.slice(1).map(() => [0, 0, 0]);
  const ended = new Set();
  for (const place of review.rows) {
    const outcome = outcomeOf(place);
    if (outcome === null) ended.add(stratumOf[place]);
    else if (!ended.has(stratumOf[place])) counts[stratumOf[place]][outcome] += 1;
  }
  return counts;
}

function countKnown() {
  const counts = review.edges.slice(1).map(() => [0, 0, 0]);
  for (const position of decisions.keys()) {
    const place = placeAt.get(position);
    if (place !== undefined) counts[stratumOf[place]][outcomeOf(place)] += 1;
  }
  return counts;
}

// Returns how likely a row is wrong, for its card; nothing as long as nothing is known.
function likelyWrong(place) {
  if (figures) {
    const [share] = figures.shares[stratumOf[place]];
    return `${figures.sure[stratumOf[place]] ? ">90%" : `about ${percent(Math.min(share, SURE))}`} of such rows wrong`;
  }
  if (!review.by_class) return null;
  return `${work.wrong[place] > SURE ? ">90%" : percent(work.wrong[place])} likely wrong`;
}

let shownState = "";

function showReview() {
  const [sample, known] = [countSample(), countKnown()];
  const state = JSON.stringify([sample, known]);
  const done = review.rows.filter((place) => decisionOf(place)).length;
  byId("review-progress").value = done;
  byId("review-done").textContent = `${number.format(done)} of ${number.format(review.rows.length)} judged`;
  byId("review-open").textContent = done === 0 ? "Judge them" : done < review.rows.length ? "Go on" : "Show them again";
  if (state === shownState) return;
  shownState = state;
  const judged = sum(known.map(([misses, hits]) => misses + hits));
  figures = judged ? figuresOf(review, sample, known) : null;
  byId("review").dataset.figures = JSON.stringify(figures);
  byId("review-figures").hidden = !figures;
  byId("review-unknown").hidden = Boolean(figures);
  if (figures) showFigures(figures);
}

function showFigures({ errors, next_rows: rows, next_share: share, stop, falling }) {
  const whole = ([guess, low, high]) => [`≈ ${number.format(Math.round(guess))}`,
    `${number.format(Math.floor(low + 1e-6))} to ${number.format(Math.ceil(high - 1e-6))}`];
  const show = (id, [value, range]) => {
    byId(id).textContent = value;
    byId(`${id}-range`).textContent = range;
  };
  show("review-errors", whole(errors));
  byId("review-next-name").textContent = `Wrong among the next ${number.format(rows)}`;
  show("review-next", share[0] === null ? ["–", "none is left"] : [`≈ ${percent(share[0])}`, `${percent(share[1])} to ${percent(share[2])}`]);
  show("review-stop", whole(stop));
  byId("review-refuted").hidden = falling;
}

function openPlan() {
  for (const id of controls) byId(id).value = id === "order" ? "worst" : "";
  byId("flagged").checked = false;
  endNarrowing();
  planned = true;
  filtersChanged();
  const first = listed.findIndex((place) => !decisionOf(place));
  if (first > 0) {
    page = Math.floor(first / PAGE);
    current = first;
    draw();
  }
  focusCard();
}

function watchPlan() {
  narrowed.push({ on: () => planned, text: "the rows to judge first", end: () => { planned = false; } });
  byId("review-open").addEventListener("click", openPlan);
  // A user who filters wants all rows that match, whether in the plan or not.
  for (const id of [...controls, "flagged"]) byId(id).addEventListener("input", () => { planned = false; });
}
