// How many labels are wrong, from those judged so far.
// A label is wrong with probability σ(a + b·z), z the logit of what the model says. Before anybody
// judged, a = 0 and b = 1; each judgement moves both (a Laplace approximation with normal priors).
// Rows are summed by z in 64 steps. The priors are narrow as the rows judged first are the worst,
// which say little of the others: of several, these came nearest on reviews with known errors.
const STEPS = 64;
const PRIOR = [1 / 0.5 ** 2, 1 / 0.09 ** 2];
const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const stepOf = work.wrong.map((share) => {
  const wrong = Math.min(Math.max(share, 0.0005), 0.9995);
  const z = Math.log(wrong / (1 - wrong));
  return Math.min(STEPS - 1, Math.floor(((z + 8) / 16) * STEPS));
});
const zOf = (step) => ((step + 0.5) / STEPS) * 16 - 8;
const start = [0, 1];

const WRONG = new Set(["accept", "relabel", "drop"]);

// Ambiguous and skipped rows say nothing of either kind.
function judged() {
  const found = { wrong: 0, right: 0, open: 0, openFlagged: 0, decided: 0, decidedFlagged: 0 };
  const wrong = new Array(STEPS).fill(0);
  const all = new Array(STEPS).fill(0);
  const open = new Array(STEPS).fill(0);
  for (let place = 0; place < count; place += 1) {
    const decision = decisionOf(place);
    if (!decision) {
      open[stepOf[place]] += 1;
      found.openFlagged += work.issue[place];
      continue;
    }
    found.decided += 1;
    found.decidedFlagged += work.issue[place];
    const isWrong = WRONG.has(decision[0]);
    if (!isWrong && decision[0] !== "keep") continue;
    found[isWrong ? "wrong" : "right"] += 1;
    all[stepOf[place]] += 1;
    wrong[stepOf[place]] += isWrong ? 1 : 0;
  }
  return { ...found, steps: { wrong, all, open } };
}

// Newton's method in two unknowns; gives them with the inverse of the curvature there.
function fitErrors({ wrong, all }) {
  let [a, b] = start;
  let cover = [0, 0, 0];
  for (let turn = 0; turn < 30; turn += 1) {
    let [ga, gb] = [PRIOR[0] * (a - start[0]), PRIOR[1] * (b - start[1])];
    let [haa, hab, hbb] = [PRIOR[0], 0, PRIOR[1]];
    all.forEach((n, step) => {
      if (!n) return;
      const z = zOf(step);
      const p = sigmoid(a + b * z);
      ga += n * p - wrong[step];
      gb += (n * p - wrong[step]) * z;
      haa += n * p * (1 - p);
      hab += n * p * (1 - p) * z;
      hbb += n * p * (1 - p) * z * z;
    });
    const det = haa * hbb - hab * hab;
    cover = [hbb / det, -hab / det, haa / det];
    const [da, db] = [cover[0] * ga + cover[1] * gb, cover[1] * ga + cover[2] * gb];
    // Short steps: far from the answer the curvature misleads.
    const short = Math.min(1, 2 / (Math.abs(da) + Math.abs(db) + 1e-12));
    [a, b] = [a - short * da, b - short * db];
  }
  return { a, b, cover };
}

function errorsLeft(steps) {
  const { a, b, cover } = fitErrors(steps);
  let [mean, spread, ga, gb] = [0, 0, 0, 0];
  steps.open.forEach((n, step) => {
    const z = zOf(step);
    const p = sigmoid(a + b * z);
    mean += n * p;
    spread += n * p * (1 - p);
    ga += n * p * (1 - p);
    gb += n * p * (1 - p) * z;
  });
  spread += ga * ga * cover[0] + 2 * ga * gb * cover[1] + gb * gb * cover[2];
  const off = 1.96 * Math.sqrt(spread);
  const rows = steps.open.reduce((sum, n) => sum + n, 0);
  return { mean, low: Math.max(0, mean - off), high: Math.min(rows, mean + off) };
}

// Wilson's interval of a share.
function shareInterval(hits, n) {
  const z = 1.96;
  const middle = (hits / n + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const off = ((z / (1 + (z * z) / n)) * Math.sqrt((hits / n) * (1 - hits / n) / n + (z * z) / (4 * n * n)));
  return [Math.max(0, middle - off), Math.min(1, middle + off)];
}
