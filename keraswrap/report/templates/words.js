// Marks the words in a row's text that are evidence for its given or its suggested label.
const words = new Map(Object.entries(data.words || {}));
const WORD = /[\p{L}\p{N}]+/gu;

// Returns how strong the evidence of a word for a class is, as z; 0 if there is none.
function speaks(word, code) {
  const found = words.get(word) || [];
  for (let at = 0; at < found.length; at += 2) if (found[at] === code) return found[at + 1] / 10;
  return 0;
}

// Returns "given" or "suggested", whichever a word supports more; null if it supports neither.
function side(word, place) {
  const [given, suggested] = [work.given[place], work.suggested[place]].map((code) => speaks(word, code));
  if (given === suggested) return null;
  return given > suggested ? "given" : "suggested";
}

// Returns the text in pieces, plain strings and marked words; nothing in it becomes markup.
function spoken(place) {
  const text = work.text[place];
  if (!words.size || !text || work.given[place] === work.suggested[place]) return [text];
  const parts = [];
  let end = 0;
  for (const { 0: word, index } of text.matchAll(WORD)) {
    const kind = side(word.toLowerCase(), place);
    if (!kind) continue;
    const code = kind === "given" ? work.given[place] : work.suggested[place];
    parts.push(text.slice(end, index), make("mark", { class: `word ${kind}`, title: `speaks for ${className(code)}` }, word));
    end = index + word.length;
  }
  return [...parts, text.slice(end)];
}

// Lists the same words by strength of evidence, for readers who cannot see the marks.
function spokenLine(place) {
  if (!words.size || !work.text || work.given[place] === work.suggested[place]) return null;
  const found = { suggested: new Map(), given: new Map() };
  for (const [word] of work.text[place].matchAll(WORD)) {
    const kind = side(word.toLowerCase(), place);
    if (kind) found[kind].set(word.toLowerCase(), speaks(word.toLowerCase(), kind === "given" ? work.given[place] : work.suggested[place]));
  }
  const lines = Object.entries(found).filter(([, some]) => some.size).map(([kind, some]) =>
    make("span", {}, "for ", make("bdi", {}, className(kind === "given" ? work.given[place] : work.suggested[place])), ": ",
      ...[...some].sort((a, b) => b[1] - a[1]).slice(0, SPOKEN).flatMap(([word], at) => [at ? ", " : "", make("bdi", { class: `word ${kind}` }, word)])));
  return lines.length ? make("p", { class: "spoken" }, "Words ", ...lines.flatMap((line, at) => [at ? "; " : "", line])) : null;
}
const SPOKEN = 8;
