"""The addresses of a server, asked over loopback."""

import json
import threading

import numpy as np
import pytest
from served import LIMITS, model, serving

from keraswrap.serving import ServingAccess, ServingLimits, make_app

ROWS = [[0.0, 1.0, 2.0], [3.0, -1.0, 0.5]]
LINES = "application/x-ndjson"


def probabilities(answer):
    return np.array([list(row["probabilities"].values()) for row in answer.json["predictions"]])


def test_it_answers_labels_and_probabilities_of_the_estimator(client, estimator):
    answer = client.predict({"rows": ROWS})
    assert answer.status == 200
    assert [row["label"] for row in answer.json["predictions"]] == ["cat", "ant"]
    assert list(answer.json["predictions"][0]["probabilities"]) == ["ant", "bee", "cat"]
    np.testing.assert_array_equal(probabilities(answer), estimator.predict_proba(ROWS))
    assert answer.headers["x-model-version"] == answer.json["model_version"] == "1"


def test_requests_at_once_get_what_they_get_alone(client, estimator):
    # A sum may be taken in another order in a larger batch: float64 differs in the last digits.
    rows = np.random.default_rng(1).normal(size=(64, 3))
    found = {}

    def ask(number):
        found[number] = probabilities(client.predict({"rows": [rows[number].tolist()]}))[0]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone = estimator.predict_proba(rows)
    np.testing.assert_allclose([found[n] for n in range(64)], alone, rtol=0, atol=1e-12)


def test_rows_of_a_large_request_are_answered_in_order(client, estimator):
    rows = np.random.default_rng(2).normal(size=(500, 3))
    found = probabilities(client.predict({"rows": rows.tolist()}))
    np.testing.assert_allclose(found, estimator.predict_proba(rows), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "Expected JSON"),
        (b"{", 400, "at character 1"),
        (b"\xff{}", 400, "not UTF-8"),
        (b'{"rows": [[1, 2, NaN]]}', 400, "got NaN"),
        (b'{"rows": [[1, 2, -Infinity]]}', 400, "got -Infinity"),
        (b'{"rows": [[1, 2, 1e999]]}', 422, "got inf in row 0"),
        (b'{"rows": [[1, 2, %s]]}' % (b"9" * 5000), 400, "too many digits"),
        (b'{"rows": [[1, 2, %s]]}' % (b"9" * 400), 422, "fit into 64 bits"),
        (b'{"rows": [], "rows": []}', 400, "'rows' twice"),
        (b'{"rows": %s}' % (b"[" * 40_000 + b"]" * 40_000), 400, "nested too deeply"),
        (b'{"rows": [[[[[1]]]]]}', 422, "Expected 3 numbers, got 1 in row 0"),
        (b'{"rows": []}', 422, "at least one, got none"),
        (b'{"rows": {}}', 422, "got an object"),
        (b"[]", 422, "got a list"),
        (b"null", 422, "got null"),
        (b'{"texts": ["a"]}', 422, "keys ['texts']"),
        (b'{"rows": [[1, 2, 3]], "more": 1}', 422, "Expected an object"),
        (b'{"rows": [[1, 2]]}', 422, "Expected 3 numbers, got 2 in row 0"),
        (b'{"rows": [[1, 2, 3], [1, "2", 3]]}', 422, "Expected a number, got '2' in row 1"),
        (b'{"rows": [[1, 2, true]]}', 422, "got true in row 0"),
        (b'{"rows": [[1, 2, null]]}', 422, "got null in row 0"),
        (b'{"rows": [[1, 2, "\\ud800"]]}', 400, "half a surrogate"),
        (b'{"rows": [{"a": 1}]}', 422, "no names of columns"),
        (b'{"rows": [[1, 2, 3], 4]}', 422, "got 4 in row 1"),
    ],
)
def test_bad_bodies_are_told(client, body, status, said):
    answer = client.predict(body)
    assert (answer.status, list(answer.json)) == (status, ["error"])
    assert said in answer.json["error"]
    assert "Traceback" not in answer.json["error"]


def test_too_many_rows_are_told(client):
    answer = client.predict({"rows": [[1, 2, 3]] * 501})
    assert answer.status == 413
    assert "at most 500 rows in a request, got 501" in answer.json["error"]


@pytest.mark.parametrize(
    ("path", "method", "status", "said"),
    [
        ("/none", "GET", 404, "Expected one of /predict"),
        ("/predict/", "POST", 404, "Expected one of /predict"),
        ("/predict", "GET", 405, "Expected POST"),
        ("/predict", "DELETE", 405, "Expected POST"),
        ("/health", "POST", 405, "Expected GET or HEAD"),
    ],
)
def test_other_addresses_and_methods_are_told(client, path, method, status, said):
    answer = client.ask(path, method=method)
    assert answer.status == status
    assert said in answer.json["error"]


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        ({"kind": "text/plain"}, 415, "got 'text/plain'"),
        ({"kind": "application/json; charset=latin-1"}, 415, "in UTF-8"),
        ({"Content_Encoding": "gzip"}, 415, "without Content-Encoding"),
        ({"Accept": "text/html"}, 406, "got Accept: 'text/html'"),
        ({"Accept": "application/json;q=0"}, 406, "Expected to answer"),
        ({"kind": LINES, "Accept": "application/json"}, 406, "by the same"),
    ],
)
def test_forms_that_are_not_there_are_told(client, headers, status, said):
    answer = client.predict({"rows": ROWS}, **headers)
    assert answer.status == status
    assert said in answer.json["error"]


def test_it_says_how_it_is(client):
    assert client.ask("/health").json == {"status": "alive"}
    assert client.ask("/ready").json == {"status": "ready"}
    assert client.ask("/ready", method="HEAD").body == b""
    with_headers = client.ask("/health").headers
    assert (with_headers["x-content-type-options"], with_headers["cache-control"]) == (
        "nosniff",
        "no-store",
    )
    assert "server" not in with_headers


def test_its_schema_is_that_of_the_model(client):
    told = client.ask("/schema").json
    assert told["x-model"] == {"version": "1", "class": "LogisticRegression"}
    assert told["components"]["schemas"]["Row"] == {
        "type": "array",
        "items": {"type": "number"},
        "minItems": 3,
        "maxItems": 3,
    }
    assert told["components"]["schemas"]["Answer"]["properties"]["label"] == {
        "enum": ["ant", "bee", "cat"]
    }


def test_what_happens_is_counted():
    with serving(model()) as client:
        client.predict({"rows": ROWS})
        client.predict(b"{")
        assert client.metric('keraswrap_requests_total{code="200",path="/predict"}') == 1
        assert client.metric('keraswrap_requests_total{code="400",path="/predict"}') == 1
        assert client.metric("keraswrap_rows_total") == 2
        assert client.metric('keraswrap_labels_total{head="",label="cat"}') == 1
        assert client.metric("keraswrap_queue_rows") == 0
        assert client.metric("keraswrap_ready") == 1
        assert client.metric('keraswrap_model{class="LogisticRegression",version="1"}') == 1


def test_lines_are_answered_by_lines_and_bad_ones_by_errors(client, estimator):
    lines = [b"[0, 1, 2]", b"[1]", b"{", b"", b"[3, -1, 0.5]"]
    answer = client.predict(b"\n".join(lines), LINES)
    assert (answer.status, answer.headers["content-type"]) == (200, LINES)
    first, short, broken, last = map(json.loads, answer.body.splitlines())
    assert list(first["probabilities"].values()) == estimator.predict_proba(ROWS)[0].tolist()
    assert "Expected 3 numbers, got 1" in short["error"]
    assert "Expected JSON" in broken["error"]
    assert last["label"] == "ant"


def test_a_stream_may_be_longer_than_a_body(client):
    n = 20_000
    answer = client.predict(b"[0, 1, 2]\n" * n, LINES)
    assert n * 10 > LIMITS.max_bytes
    assert answer.body.count(b'"label": "cat"') == n


def test_no_lines_and_long_lines_are_told(client):
    assert client.predict(b"\n\n", LINES).status == 422
    assert client.predict(b"[" + b" " * LIMITS.max_bytes + b"1, 2, 3]\n", LINES).status == 413


def test_json_is_answered_by_lines_on_request(client):
    answer = client.predict({"rows": ROWS}, Accept=LINES)
    assert [json.loads(line)["label"] for line in answer.body.splitlines()] == ["cat", "ant"]


def test_with_keys_one_is_needed():
    keys = ("k" * 16, "l" * 16)
    with serving(model(), access=ServingAccess(keys=keys)) as client:
        refused = client.predict({"rows": ROWS})
        assert (refused.status, refused.headers["www-authenticate"]) == (
            401,
            'Bearer realm="keraswrap"',
        )
        assert client.predict({"rows": ROWS}, Authorization="Bearer " + "m" * 16).status == 401
        assert client.predict({"rows": ROWS}, Authorization="bearer " + keys[1]).status == 200
        assert client.predict({"rows": ROWS}, X_API_Key=keys[0]).status == 200
        assert client.ask("/metrics").status == client.ask("/schema").status == 401
        assert client.ask("/health").status == client.ask("/ready").status == 200


def test_pages_elsewhere_may_not_ask(client):
    assert client.predict({"rows": ROWS}, Host="rebound.example").status == 403
    assert client.predict({"rows": ROWS}, Origin="http://elsewhere.example").status == 403


def test_an_application_is_loaded_at_once():
    app = make_app(model(), limits=ServingLimits(max_rows=5))
    assert app.service.ready
    assert app.service.model().version == "1"
    app.service.close()
