// Estimates the wrong labels among all rows by the formulas of keraswrap/issues/review, from judged
// rows drawn at random from each part of the ranking. The intervals hold jointly and at any time.
const MISS = 0;
const HIT = 1;
const UNSURE = 2;
const [STEPS, CHANCE, TURNS, WIDEST, GOLDEN] = [256, 2, 44, 18, (Math.sqrt(5) - 1) / 2];
const [NEXT, WORTH, SURE, HALF, FREE] = [50, 0.1, 0.9, 0.5, 0.1];
const GRID = Array.from({ length: STEPS + 1 }, (_, step) => (step / STEPS) ** 2);
const REACH = GRID.map((share, step) => Math.max(
  step > 0 ? share - GRID[step - 1] : 0, step < STEPS ? GRID[step + 1] - share : 0));
const sum = (values) => values.reduce((total, value) => total + value, 0);
const clip = (value, low, high) => Math.min(Math.max(value, low), high);

function logSumExp(logs) {
  const largest = Math.max(...logs);
  return largest + Math.log(sum(logs.map((log) => Math.exp(log - largest))));
}

// log(count · (count − 1) · … · (count − n + 1)), −Infinity where a factor is not positive.
function logFalling(count, n) {
  let total = 0;
  for (let taken = 0; taken < n; taken += 1) total += Math.log(Math.max(count - taken, 0));
  return total;
}

function tablesOf({ rows, hits, misses, wrong, right }) {
  return rows.map((n, h) => {
    const all = logFalling(n, hits[h] + misses[h]);
    const counts = GRID.map((share) => clip(share * n, wrong[h], n - right[h]));
    const logs = counts.map((count, step) => (Math.abs(count - GRID[step] * n) > REACH[step] * n
      ? -Infinity : logFalling(count, hits[h]) + logFalling(n - count, misses[h]) - all));
    return { counts, logs };
  });
}

// Returns, for each share of a stratum, the index of the least share allowed before it.
function linksOf({ rows, wrong, right }) {
  const known = rows.map((n, h) => (wrong[h] + right[h]) / n);
  return rows.slice(1).map((after, h) => {
    const chance = known[h] / rows[h] + known[h + 1] / after;
    let highest = 0;
    const reach = GRID.map((share) => {
      const spread = Math.max(share * (1 - share), 1 / rows[h]) * chance;
      highest = Math.max(highest, share + CHANCE * Math.sqrt(spread));
      return highest;
    });
    let least = 0;
    return GRID.map((share) => {
      while (least < STEPS && reach[least] < share) least += 1;
      return least;
    });
  });
}

function bestChain(gains, links) {
  if (!links) return sum(gains.map((each) => Math.max(...each)));
  let best = gains[0];
  links.forEach((link, h) => {
    const later = best.slice();
    for (let step = STEPS - 1; step >= 0; step -= 1) later[step] = Math.max(later[step], later[step + 1]);
    best = gains[h + 1].map((gain, step) => gain + later[link[step]]);
  });
  return Math.max(...best);
}

function minimize(value, low, high) {
  let [a, b] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [atA, atB] = [value(a), value(b)];
  for (let turn = 0; turn < TURNS; turn += 1) {
    if (atA <= atB) {
      [high, b, atB] = [b, a, atA];
      a = high - GOLDEN * (high - low);
      atA = value(a);
    } else {
      [low, a, atA] = [a, b, atB];
      b = low + GOLDEN * (high - low);
      atB = value(b);
    }
  }
  return Math.min(atA, atB);
}

// Returns upper bounds of weighted numbers of wrong labels, by the Lagrangian dual; null if no
// numbers are likely enough.
function boundAbove(seen, weights, logLeast, falling) {
  const tables = tablesOf(seen);
  const links = falling ? linksOf(seen) : null;
  if (bestChain(tables.map(({ logs }) => logs), links) < logLeast) return null;
  return weights.map((weight) => {
    const dual = (log) => {
      const multiplier = Math.exp(log);
      const gains = tables.map(({ counts, logs }, h) =>
        counts.map((count, step) => weight[h] * count + multiplier * logs[step]));
      return bestChain(gains, links) - multiplier * logLeast;
    };
    const center = Math.log(Math.max(sum(seen.rows.map((n, h) => n * Math.abs(weight[h]))), 1e-9));
    return minimize(dual, center - WIDEST, center + WIDEST);
  });
}

const logLikelihoods = (rates, counts) => rates.map((scenario) => sum(scenario.map((rate, h) =>
  Math.log(rate) * counts[h][HIT] + Math.log1p(-rate) * counts[h][MISS])));

function logMean(rates, sample) {
  const followed = logSumExp(logLikelihoods(rates, sample)) - Math.log(rates.length);
  let free = 0;
  for (const [misses, hits] of sample) {
    for (let i = 0; i < hits; i += 1) free += Math.log(i + 0.5);
    for (let i = 0; i < misses; i += 1) free += Math.log(i + 0.5);
    for (let i = 0; i < hits + misses; i += 1) free -= Math.log(i + 1);
  }
  return logSumExp([Math.log(1 - FREE) + followed, Math.log(FREE) + free]);
}

// Counts unsure rows as right, or as wrong.
const settle = (counts, outcome) => counts.map((row) => {
  const settled = [row[MISS], row[HIT]];
  settled[outcome] += row[UNSURE];
  return settled;
});

function above(rows, { rates, level }, sample, known, weights, falling) {
  const column = (counts, outcome) => counts.map((row) => row[outcome]);
  const seen = {
    rows, hits: column(sample, HIT), misses: column(sample, MISS),
    wrong: column(known, HIT), right: column(known, MISS),
  };
  return boundAbove(seen, weights, Math.log(1 - level) + logMean(rates, sample), falling);
}

function boundsOf(rows, review, sample, known, weights) {
  const most = weights.map((weight) => sum(rows.map((n, h) => n * weight[h])));
  const negative = weights.map((weight) => weight.map((value) => -value));
  for (const falling of [true, false]) {
    const high = above(rows, review, settle(sample, HIT), settle(known, HIT), weights, falling);
    const low = above(rows, review, settle(sample, MISS), settle(known, MISS), negative, falling);
    if (high && low) {
      return {
        low: low.map((value, at) => clip(-value, 0, most[at])),
        high: high.map((value, at) => clip(value, 0, most[at])), falling,
      };
    }
  }
  return { low: most.map(() => 0), high: most, falling: false };
}

// Estimates how many labels are wrong. `sample` and `known` hold, for each stratum, how many rows
// were judged right, wrong and unsure.
function figuresOf(review, sample, known) {
  const { edges, rates } = review;
  const rows = edges.slice(1).map((edge, h) => edge - edges[h]);
  const left = rows.map((n, h) => n - sum(known[h]));
  let before = 0;
  const leading = left.map((n) => { before += n; return before - n < NEXT ? 1 : 0; });
  const weights = [rows.map(() => 1), leading, ...rows.map((_, h) => rows.map((__, other) => Number(h === other)))];
  const { low, high, falling } = boundsOf(rows, review, sample, known, weights);
  const told = left.map((n, h) => (n === 0 ? known[h] : sample[h]));
  const logs = logLikelihoods(rates, told);
  const total = logSumExp(logs);
  const rate = rows.map((_, h) => sum(rates.map((scenario, s) => Math.exp(logs[s] - total) * scenario[h])));
  const found = weights.map((weight, at) => {
    const guess = sum(weight.map((value, h) => value * (known[h][HIT] + left[h] * rate[h])));
    return [clip(guess, low[at], high[at]), low[at], high[at]];
  });
  const shares = rows.map((n, h) => found[2 + h].map((value) => value / n));
  const nextRows = sum(left.map((n, h) => n * leading[h]));
  const wrong = sum(known.map((row, h) => row[HIT] * leading[h]));
  const unsure = sum(known.map((row, h) => row[UNSURE] * leading[h]));
  const nextShare = found[1].map((value, at) =>
    (nextRows ? clip((value - wrong - (at === 2 ? unsure : 0)) / nextRows, 0, 1) : null));
  const stop = [0, 1, 2].map((at) => {
    const first = shares.findIndex((share) => share[at] < WORTH);
    return edges[first < 0 ? rows.length : first];
  });
  const sure = shares.map((share) => share[0] > SURE && share[1] > HALF);
  return { errors: found[0], shares, sure, next_rows: nextRows, next_share: nextShare, stop, falling };
}

// Returns Wilson's interval of a share.
function shareInterval(hits, n) {
  const z = 1.96;
  const middle = (hits / n + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const off = ((z / (1 + (z * z) / n)) * Math.sqrt((hits / n) * (1 - hits / n) / n + (z * z) / (4 * n * n)));
  return [Math.max(0, middle - off), Math.min(1, middle + off)];
}
