"""Requests drawn at random, from those that suit the model to bytes of any kind."""

import http.client
import io
import json

import pyarrow as pa
from hypothesis import strategies as st

KINDS = [
    *("application/json", "application/x-ndjson", "application/vnd.apache.arrow.stream"),
    *("application/json; charset=utf-8", "text/plain", "application/xml", "", "/", ";=;"),
]
ALLOWED = {200, 400, 403, 404, 405, 406, 413, 415, 422}
numbers = st.floats() | st.integers() | st.floats(-10, 10)
anything = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)
good_rows = st.lists(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), min_size=1, max_size=5)


def as_json(value):
    return json.dumps(value).encode()


@st.composite
def streams(draw):
    names = draw(st.lists(st.text(max_size=5), min_size=1, max_size=4, unique=True))
    n = draw(st.integers(0, 5))
    kind = st.sampled_from([numbers, st.text(max_size=10), st.booleans(), st.none()])
    columns = {}
    for name in names:
        values = draw(st.lists(draw(kind), min_size=n, max_size=n))
        try:
            columns[name.encode("utf-8", "replace").decode()] = pa.array(values)
        except (pa.ArrowException, OverflowError, UnicodeError):
            columns["other"] = pa.array([0.5] * n)
    table = pa.table(columns)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


@st.composite
def changed(draw, bodies):
    """Draw a body with a byte changed, a piece left out, or another one put in."""
    body = bytearray(draw(bodies))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(body)))
        cut = draw(st.integers(0, 4))
        body[place : place + cut] = draw(st.binary(max_size=4))
    return bytes(body)


bodies = st.one_of(
    st.builds(lambda rows: as_json({"rows": rows}), good_rows),
    st.builds(lambda rows: as_json({"rows": rows}), anything),
    st.builds(as_json, anything),
    st.builds(lambda rows: b"\n".join(map(as_json, rows)), good_rows),
    st.builds(lambda rows: b"\n".join(map(as_json, rows)), st.lists(anything, max_size=5)),
    streams(),
    st.binary(max_size=200),
)
header = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)


@st.composite
def requests(draw):
    """Draw a request: method, path, headers and body."""
    likely = draw(st.booleans())
    method = "POST" if likely else draw(st.sampled_from(["POST", "GET", "PUT", "DELETE", "HEAD"]))
    path = "/predict"
    if not likely:
        paths = st.sampled_from(["/predict", "/schema", "/metrics", "/ready", "/", "/predict?a=b"])
        path = draw(
            paths | st.builds(lambda t: f"/{t}", st.from_regex(r"[!-~]{0,20}", fullmatch=True))
        )
    headers = {"Content-Type": draw(st.sampled_from(KINDS[:3] if likely else KINDS))}
    if draw(st.booleans()):
        headers["Accept"] = draw(st.sampled_from([*KINDS, "*/*", "application/*;q=0.1"]) | header)
    if not likely and draw(st.booleans()):
        name = draw(st.sampled_from(["Content-Encoding", "Authorization", "X-API-Key", "Origin"]))
        headers[name] = draw(header)
    return method, path, headers, draw(changed(bodies) if draw(st.booleans()) else bodies)


def checked(client, request):
    """Send a request, and check what comes back; return its status."""
    method, path, headers, body = request
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=60)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content, kind = answer.read(), answer.headers.get("content-type", "")
    finally:
        connection.close()
    assert answer.status in ALLOWED, (answer.status, content, request)
    if answer.status != 200 and content:
        assert list(json.loads(content)) == ["error"]
        assert b"Traceback" not in content
    if answer.status == 200 and path.startswith("/predict") and kind == "application/json":
        assert json.loads(content, parse_constant=_fail)["predictions"]
    return answer.status


def _fail(name):
    raise AssertionError(f"{name} in an answer")
