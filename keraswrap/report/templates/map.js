// Draws the rows as points on a canvas; dragging a frame around some lists them.
const rowMap = data.map;
const MAP_STEPS = 1000;
// Colors that color-blind readers can tell apart (Okabe and Ito, 2008), and a shape for each. The
// classes with the most suspected labels, then with the most rows, get their own; the others share
// the last.
const MAP_COLORS = ["#e69f00", "#0a84c6", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#8c7a00", "#8b95a1"];
const MAP_SHAPES = [
  (pen, r) => pen.arc(0, 0, r, 0, 7),
  (pen, r) => pen.rect(-r, -r, 2 * r, 2 * r),
  (pen, r) => { pen.moveTo(0, -1.3 * r); pen.lineTo(1.2 * r, r); pen.lineTo(-1.2 * r, r); },
  (pen, r) => { pen.moveTo(0, -1.4 * r); pen.lineTo(1.4 * r, 0); pen.lineTo(0, 1.4 * r); pen.lineTo(-1.4 * r, 0); },
  (pen, r) => { pen.moveTo(0, 1.3 * r); pen.lineTo(1.2 * r, -r); pen.lineTo(-1.2 * r, -r); },
  (pen, r) => pen.rect(-1.6 * r, -0.5 * r, 3.2 * r, r),
  (pen, r) => pen.rect(-0.5 * r, -1.6 * r, r, 3.2 * r),
  (pen, r) => pen.arc(0, 0, 0.7 * r, 0, 7),
];
let brushed = null; // the selected frame [left, top, right, bottom], in steps
let frame = null; // the frame that is being drawn
const still = document.createElement("canvas"); // the points, drawn when the list changes

const mapSlots = new Map();
if (rowMap) {
  const sizes = new Map();
  const add = (code, size) => sizes.set(code, (sizes.get(code) || 0) + size);
  work.given.forEach((code, place) => {
    add(code, 1);
    if (work.issue[place]) for (const one of [code, work.suggested[place]]) add(one, count);
  });
  [...sizes].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, MAP_COLORS.length - 1).forEach(([code], slot) => mapSlots.set(code, slot));
}
const slotOf = (code) => mapSlots.get(code) ?? MAP_COLORS.length - 1;

const inFrame = ([left, top, right, bottom], place) =>
  rowMap.x[place] >= left && rowMap.x[place] <= right && rowMap.y[place] >= top && rowMap.y[place] <= bottom;
const fitsMap = (place) => brushed === null || inFrame(brushed, place);

function sprite(slot, radius, alpha) {
  const picture = document.createElement("canvas");
  picture.width = picture.height = Math.ceil(4 * radius) + 2;
  const pen = picture.getContext("2d");
  pen.translate(picture.width / 2, picture.height / 2);
  pen.globalAlpha = alpha;
  pen.fillStyle = MAP_COLORS[slot];
  pen.beginPath();
  MAP_SHAPES[slot](pen, radius);
  pen.fill();
  return picture;
}

const toPixel = (step, size) => ((step + 0.5) / MAP_STEPS) * (size - 16) + 8;

// Draws the points: faint for rows that are not listed, with a ring for suspected ones.
function drawPoints() {
  const box = byId("map-canvas");
  const ratio = devicePixelRatio || 1;
  still.width = box.width = Math.round(box.clientWidth * ratio);
  still.height = box.height = Math.round(box.clientHeight * ratio);
  const pen = still.getContext("2d");
  const radius = ratio * (count > 20000 ? 1.4 : count > 3000 ? 2 : 3);
  const strong = MAP_COLORS.map((_, slot) => sprite(slot, radius, 0.95));
  const faint = MAP_COLORS.map((_, slot) => sprite(slot, radius, 0.22));
  const half = strong[0].width / 2;
  const isListed = new Uint8Array(count);
  for (const place of listed) isListed[place] = 1;
  const ink = getComputedStyle(document.body).color;
  const at = (place) => [toPixel(rowMap.x[place], still.width), toPixel(rowMap.y[place], still.height)];
  for (const shown of [0, 1]) {
    for (let place = count - 1; place >= 0; place -= 1) {
      if (isListed[place] !== shown) continue;
      const [x, y] = at(place);
      pen.drawImage((shown ? strong : faint)[slotOf(work.given[place])], x - half, y - half);
    }
  }
  pen.strokeStyle = ink;
  for (let place = count - 1; place >= 0; place -= 1) {
    if (!work.issue[place]) continue;
    pen.lineWidth = ratio * (isListed[place] ? 1.6 : 0.6);
    pen.beginPath();
    pen.arc(...at(place), radius + 2.5 * ratio, 0, 7);
    pen.stroke();
  }
}

// Draws the points, and the current row and the frame on top.
function drawMap() {
  if (!rowMap || !still.width) return;
  const box = byId("map-canvas");
  const pen = box.getContext("2d");
  const ratio = devicePixelRatio || 1;
  const style = getComputedStyle(document.documentElement);
  pen.clearRect(0, 0, box.width, box.height);
  pen.drawImage(still, 0, 0);
  pen.strokeStyle = style.getPropertyValue("--accent");
  const place = listed[current];
  if (place !== undefined) {
    const [x, y] = [toPixel(rowMap.x[place], box.width), toPixel(rowMap.y[place], box.height)];
    pen.lineWidth = 2 * ratio;
    pen.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      pen.moveTo(x + 5 * dx * ratio, y + 5 * dy * ratio);
      pen.lineTo(x + 13 * dx * ratio, y + 13 * dy * ratio);
    }
    pen.stroke();
  }
  const shown = frame || brushed;
  if (!shown) return;
  const [left, top, right, bottom] = shown.map((step, side) => toPixel(step, side % 2 ? box.height : box.width));
  pen.lineWidth = 2 * ratio;
  pen.setLineDash(frame ? [6 * ratio, 4 * ratio] : []);
  pen.strokeRect(left, top, right - left, bottom - top);
  pen.setLineDash([]);
}

function redrawMap() {
  if (!rowMap) return;
  drawPoints();
  drawMap();
}

function fillMap() {
  if (!rowMap) return;
  byId("map-method").textContent = rowMap.method;
  const named = [...mapSlots].map(([code, slot]) => [className(code), slot]);
  if (mapSlots.size < data.classes.length) named.push([`${counted(data.classes.length - mapSlots.size, "other class", "other classes")}`, MAP_COLORS.length - 1]);
  byId("map-legend").replaceChildren(...named.map(([name, slot]) => {
    const picture = sprite(slot, 5, 1);
    picture.setAttribute("aria-hidden", "true");
    return make("li", {}, picture, make("bdi", {}, name));
  }));
}

function setBrush(to) {
  brushed = to;
  frame = null;
  shownGroup = null;
  filtersChanged();
  say(`${counted(listed.length, "row")} listed`);
}

function rowsIn(one) {
  let [rows, hits] = [0, 0];
  for (let place = 0; place < count; place += 1) {
    if (!inFrame(one, place)) continue;
    rows += 1;
    hits += work.issue[place];
  }
  return `${counted(rows, "row")}, ${number.format(hits)} suspected`;
}

const clampStep = (step) => Math.min(MAP_STEPS - 1, Math.max(0, step));

function stepAt(event) {
  const box = byId("map-canvas").getBoundingClientRect();
  const step = (at, size) => clampStep(Math.round(((at - 8) / (size - 16)) * MAP_STEPS - 0.5));
  return [step(event.clientX - box.left, box.width), step(event.clientY - box.top, box.height)];
}

function watchMapPointer(box) {
  let from = null;
  const spanned = (event) => {
    const to = stepAt(event);
    return [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.max(from[0], to[0]), Math.max(from[1], to[1])];
  };
  box.addEventListener("pointerdown", (event) => {
    from = stepAt(event);
    box.setPointerCapture(event.pointerId);
  });
  box.addEventListener("pointermove", (event) => {
    if (!from) return;
    frame = spanned(event);
    byId("map-said").textContent = rowsIn(frame);
    drawMap();
  });
  box.addEventListener("pointerup", (event) => {
    if (!from) return;
    const found = spanned(event);
    from = null;
    byId("map-said").textContent = "";
    // A click without dragging clears the selection.
    setBrush(found[2] - found[0] > 5 && found[3] - found[1] > 5 ? found : null);
  });
  box.addEventListener("pointercancel", () => { from = null; frame = null; drawMap(); });
}

// Arrows move a frame, + and - resize it, Enter lists its rows, Escape removes it.
const MAP_KEYS = {
  ArrowLeft: [-40, 0, 0], ArrowRight: [40, 0, 0], ArrowUp: [0, -40, 0], ArrowDown: [0, 40, 0],
  "+": [0, 0, 40], "=": [0, 0, 40], "-": [0, 0, -40],
};

function onMapKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") setBrush(null);
  else if (event.key === "Enter" && frame) setBrush(frame);
  else if (Object.hasOwn(MAP_KEYS, event.key)) {
    const [dx, dy, more] = MAP_KEYS[event.key];
    const [left, top, right, bottom] = frame || brushed || [400, 400, 599, 599];
    const moved = frame || brushed ? [left + dx - more, top + dy - more, right + dx + more, bottom + dy + more] : [left, top, right, bottom];
    if (moved[2] - moved[0] >= 20 && moved[3] - moved[1] >= 20) frame = moved.map(clampStep);
    byId("map-said").textContent = rowsIn(frame);
    drawMap();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

function watchMap() {
  if (!rowMap) return;
  const box = byId("map-canvas");
  watchMapPointer(box);
  box.addEventListener("keydown", onMapKey);
  new ResizeObserver(redrawMap).observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawMap);
}
