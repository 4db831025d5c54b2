"""What is stored in MLflow's tags."""

import pytest

from keraswrap.tracking._mlflow_entries import (
    event_of,
    event_tags,
    flatten,
    metrics_of_candidate,
    to_time,
)
from keraswrap.tracking._plain import now
from keraswrap.tracking._records import Event


@pytest.mark.parametrize("facts", [{}, {"a": [1, None, "ü"]}, {"long": "x" * 50_000}])
def test_an_event_comes_back_from_tags_of_mlflows_length(facts):
    event = Event("reviews", "kept", now(), facts)
    tags = event_tags(event)
    assert max(map(len, tags.values())) <= 8000
    assert event_of(tags) == event


def test_parameters_become_texts_by_name():
    params = {"model": "a.b", "params": {"epochs": 2, "x=y": None}, "empty": {}, "long": "x" * 9999}
    told = dict(flatten(params, "best."))
    assert told["best.params.epochs"] == "2"
    assert told["best.params.x_y"] == "None"
    assert told["best.empty"] == "{}"
    assert len(told["best.long"]) == 6000


def test_scores_of_a_candidate_have_their_fold_as_step():
    scores = {"test_score": {"mean": 0.5, "std": None, "folds": [0.25, None, 0.75]}}
    found = metrics_of_candidate({"scores": scores, "fit_seconds": None})
    assert list(found) == [
        ("mean_test_score", 0.5, 0),
        ("test_score", 0.25, 0),
        ("test_score", 0.75, 2),
    ]


def test_times_are_utc():
    assert to_time(0) == "1970-01-01T00:00:00.000000+00:00"
