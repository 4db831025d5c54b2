// Shows the user's own columns beside the text of a row, and adds them to exports.
function detailsOf(place) {
  if (!work.details) return [];
  return work.details.names.map((name, column) => [name, work.details.values[column][place]]);
}

function detailLine(place) {
  const line = make("p", { class: "details" });
  for (const [name, value] of detailsOf(place)) {
    if (value !== "") line.append(make("span", { class: "detail" }, make("bdi", {}, name), ": ", make("bdi", {}, value)));
  }
  return line.childNodes.length ? line : null;
}
