"""Runs in MLflow, told by a client that only notes what it is asked."""

from types import SimpleNamespace as Some

import pytest

from keraswrap.tracking import _mlflow_runs as runs


class Client:
    """Notes calls; runs are numbered."""

    def __init__(self):
        self.made, self.ended = [], []

    def create_run(self, experiment, tags, run_name):
        self.made.append((run_name, tags))
        return Some(info=Some(run_id=f"r{len(self.made)}"))

    def set_terminated(self, run, status="FINISHED"):
        self.ended.append((run, status))


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_a_run_that_breaks_off_has_failed(error):
    client = Client()
    with pytest.raises(error, match="stopped"), runs.open_run(client, "e", "search", "m", {}):
        raise error("stopped")
    assert client.ended == [("r1", "FAILED")]


@pytest.mark.parametrize(
    ("uri", "ends"),
    [
        ("sqlite:////a%20b/runs.db", "/a%20b/mlartifacts"),
        ("sqlite:////a/runs.db?timeout=3", "/a/mlartifacts"),
        ("http://127.0.0.1:5000", None),
        ("sqlite:///", None),
    ],
)
def test_files_go_beside_a_database(uri, ends):
    made = runs._artifacts_of(uri)
    assert made == (None if ends is None else f"file://{ends}")


def test_every_page_of_runs_is_read():
    class Page(list):
        token = None

    first, second = Page(["a", "b"]), Page(["c"])
    first.token = "more"
    asked = []

    def search_runs(experiments, text, order_by, page_token):
        asked.append((text, page_token))
        return second if page_token else first

    found = runs.search_runs(Some(search_runs=search_runs), ["e"], "search")
    assert found == ["a", "b", "c"]
    assert asked == [("tags.`keraswrap.kind` = 'search'", token) for token in (None, "more")]
    assert runs.search_runs(None, [], "search") == []
