"""The estimators of a job file, by its names of their parameters."""

import pytest
from sklearn.linear_model import LogisticRegression

from keraswrap.exceptions import ParameterError
from keraswrap.retraining.job._models import (
    issue_finder,
    make_estimator,
    search_name,
    with_abstention,
)
from keraswrap.retraining.job._sections import Abstain, Model


def test_what_a_search_chose_comes_before_the_file_and_that_before_defaults(tmp_path):
    model = Model("dense", {"units": 4, "epochs": 5})
    made = make_estimator(model, 3, tmp_path, {"epochs": 7}).get_params()
    assert (made["model__units"], made["epochs"], made["batch_size"]) == (4, 7, 32)
    assert (made["random_state"], made["compile__optimizer__learning_rate"]) == (3, 0.003)


def test_a_checkpoint_counts_from_the_job_file(tmp_path):
    (tmp_path / "tiny").mkdir()
    for name, expected in (("tiny", str(tmp_path / "tiny")), ("bert_tiny", "bert_tiny")):
        made = make_estimator(Model("transformer", {"encoder": name}), 1, tmp_path)
        assert (made.encoder, made.random_state) == (expected, 1)


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("words", "units", "parameters of 'words' .* got 'units'"),
        ("dense", "epoch", "Did you mean 'epochs'"),
        ("transformer", "random_state", "got 'random_state'"),
    ],
)
def test_other_parameters_are_named(tmp_path, kind, name, said):
    with pytest.raises(ParameterError, match=said):
        search_name(Model(kind), name)
    with pytest.raises(ParameterError, match=said):
        make_estimator(Model(kind, {name: 1}), 0, tmp_path)


def test_it_abstains_if_it_is_to():
    inner = LogisticRegression()
    assert with_abstention(inner, Abstain()) is inner
    made = with_abstention(inner, Abstain(0.05, 0.8))
    assert (made.estimator, made.target_error, made.confidence) == (inner, 0.05, 0.8)


def test_the_finder_of_issues_takes_texts_or_numbers():
    assert issue_finder(True, 0).fit(["so good", "bad"], [1, 0]).predict(["good"]).tolist() == [1]
    assert issue_finder(False, 0).fit([[0.0], [9.0]], [0, 1]).predict([[8.0]]).tolist() == [1]
