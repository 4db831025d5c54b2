"use strict";
// Texts reach the page through textContent alone: none is ever read as HTML.
const byId = (name) => document.getElementById(name);
const log = byId("log"), box = byId("message"), send = byId("send"), status = byId("status");
const wide = matchMedia("(min-width: 64rem)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
// The router's own JSON. It is kept here alone, and goes along with each message.
let conversation = null;
// Counts conversations, so that a late reply does not reach the next one.
let turn = 0;

function make(kind) {
  return byId(`${kind}-turn`).content.firstElementChild.cloneNode(true);
}

function show(item) {
  byId("start").hidden = true;
  log.append(item);
  // All of it, or its beginning if it is longer than the page.
  const behavior = calm.matches ? "auto" : "smooth";
  if (item.offsetHeight > innerHeight / 2) item.scrollIntoView({ block: "start", behavior });
  else scrollTo({ top: document.documentElement.scrollHeight, behavior });
  return item;
}

function say(kind, text) {
  const item = make(kind);
  item.querySelector(".said").textContent = text;
  return show(item);
}

function setFact(item, name, text) {
  const fact = item.querySelector(`[data-fact="${name}"]`);
  fact.hidden = text === null || text === "";
  fact.querySelector(".value").textContent = text ?? "";
}

function describeKind(reply) {
  if (reply.kind === "question") return "asks back";
  return reply.kind === "fallback" ? `fallback: ${reply.reason}` : "";
}

function percent(share) {
  return `${(100 * share).toFixed(1)}%`;
}

function duration(milliseconds) {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

function fillMarks(item, reply) {
  const route = item.querySelector(".route"), kind = item.querySelector(".kind");
  route.textContent = reply.route ?? "no route";
  route.classList.toggle("none", reply.route === null);
  kind.textContent = describeKind(reply);
  kind.hidden = kind.textContent === "";
}

function fillFacts(item, reply, milliseconds) {
  const fields = Object.entries(reply.fields).map(([name, text]) => `${name}: ${text}`);
  setFact(item, "confidence", reply.confidence === null ? null : percent(reply.confidence));
  setFact(item, "stage", reply.stage);
  setFact(item, "fields", fields.join("\n"));
  setFact(item, "cost", reply.cost === 0 ? "0" : String(Number(reply.cost.toPrecision(3))));
  setFact(item, "time", duration(milliseconds));
  item.querySelector("meter").value = reply.confidence ?? 0;
}

function fillTrace(item, trace) {
  const list = item.querySelector(".trace");
  for (const [step, detail] of trace) {
    const line = document.createElement("li"), name = document.createElement("strong");
    name.textContent = step;
    line.append(name, ` ${detail}`);
    list.append(line);
  }
  item.querySelector("details").hidden = trace.length === 0;
  item.querySelector("details").open = wide.matches;
}

function showReply(reply, milliseconds) {
  const item = make("shop");
  item.querySelector(".said").textContent = reply.text;
  item.querySelector(".draft-note").hidden = !reply.draft;
  item.querySelector(".bubble").classList.add(reply.draft ? "draft" : reply.kind);
  fillMarks(item, reply);
  fillFacts(item, reply, milliseconds);
  fillTrace(item, reply.trace);
  show(item);
  status.textContent = `${reply.draft ? "Draft: " : "Reply: "}${reply.text}`;
}

async function ask(message) {
  const told = { "Content-Type": "application/json" };
  const body = JSON.stringify({ message, conversation });
  const response = await fetch("respond", { method: "POST", headers: told, body, credentials: "omit" })
    .catch(() => { throw new Error("The server does not answer. Is `keraswrap chat` still running?"); });
  const given = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(given.error ?? `The server answered with ${response.status}.`);
  return given;
}

function setWaiting(waiting) {
  send.disabled = waiting;
  if (waiting) status.textContent = "Waiting for a reply";
}

async function submit() {
  const message = box.value, mine = turn;
  if (send.disabled || message.trim() === "") return;
  say("customer", message);
  box.value = "";
  countLeft();
  setWaiting(true);
  const dots = show(make("waiting")), started = performance.now();
  try {
    const reply = await ask(message);
    dots.remove();
    if (mine !== turn) return;
    conversation = reply.conversation;
    showReply(reply, performance.now() - started);
  } catch (error) {
    dots.remove();
    if (mine === turn) giveBack(message, error);
  } finally {
    if (mine === turn) setWaiting(false);
  }
}

// What was not answered is not lost.
function giveBack(message, error) {
  say("problem", `${error.message} Your message is back in the box; a new conversation may help.`);
  if (box.value === "") box.value = message;
  status.textContent = "";
}

function beginAgain() {
  turn += 1;
  conversation = null;
  log.replaceChildren();
  byId("start").hidden = false;
  setWaiting(false);
  status.textContent = "A new conversation";
  box.focus();
}

function countLeft() {
  const left = box.maxLength - box.value.length;
  byId("left").textContent = left < 200 ? `${left} characters left` : "";
}

byId("composer").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
byId("again").addEventListener("click", beginAgain);
box.addEventListener("input", countLeft);
box.addEventListener("keydown", (event) => {
  // While an input method composes a sign, Enter belongs to it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
