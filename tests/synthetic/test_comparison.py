"""compare_synthetic: the same splits for all ways, tested on real rows."""

import numpy as np
import pytest
from fake_writers import copier, rows, writer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.synthetic import CHECKS, TextSynthesizer, compare_synthetic

TEXTS, LABELS = rows(40)
SURE = [name for name in CHECKS if name != "label"]


def inner():
    return make_pipeline(TfidfVectorizer(), LogisticRegression(C=10))


def maker(model=None, **params):
    return TextSynthesizer(model or writer(), checks=SURE, max_tries=5, **params)


def draws(n, few=2):
    """Splits with few rows of "bad", other ones in each."""
    for start in range(n):
        train = np.r_[few * start : few * (start + 1), 40:60]
        yield train, np.r_[20:40, 60:80]


def test_texts_that_say_more_than_the_rows_are_a_gain():
    found = compare_synthetic(inner(), maker(), TEXTS, LABELS, cv=list(draws(5)))
    assert found.gain("both", "real", "bad").verdict == "gain"
    assert found.gain("both", "oversampled").verdict == "gain"
    assert "both against real, macro F1" in str(found)
    assert [len(made) for made in found.made] == [18] * 5
    assert found.provenance["cost"] == 0


def test_copies_are_no_gain_over_oversampling():
    copies = maker(copier()).set_params(checks=[])
    found = compare_synthetic(inner(), copies, TEXTS, LABELS, cv=list(draws(5)))
    gain = found.gain("both", "oversampled")
    assert gain.verdict == "no gain shown"
    assert abs(gain.gain) < 0.02


def test_scores_are_those_of_plain_fits_on_real_test_rows():
    (split,) = draws(1)
    found = compare_synthetic(inner(), maker(), TEXTS, LABELS, cv=[split])
    train, test = split
    labels = np.array(LABELS)
    texts = np.array(TEXTS, dtype=object)
    said = inner().fit(texts[train], labels[train]).predict(texts[test])
    by_class = f1_score(labels[test], said, average=None)
    got = {s.label: s.f1 for s in found.scores if s.way == "real"}
    assert got == pytest.approx({"bad": by_class[0], "good": by_class[1], None: by_class.mean()})


def test_no_prompt_shows_a_test_row():
    model = writer()
    (split,) = draws(1)
    compare_synthetic(inner(), maker(model), TEXTS, LABELS, cv=[split])
    prompts = "\n".join(prompt.text for prompt in model.calls)
    assert any(TEXTS[row] in prompts for row in split[0])
    assert not any(TEXTS[row] in prompts for row in split[1])


def test_the_same_seed_gives_the_same_scores_and_each_split_other_texts():
    def found(seed):
        return compare_synthetic(
            inner(), maker(), TEXTS, LABELS, n={"bad": 2}, cv=2, repeats=2, random_state=seed
        )

    first = found(0)
    assert first.scores == found(0).scores
    assert len(first.made) == 4
    assert first.overlap == 1
    assert len({text for made in first.made for text in made.texts}) == 8


def test_a_class_without_test_rows_does_not_count():
    train, test = np.r_[0:2, 40:60], np.r_[60:80]
    found = compare_synthetic(inner(), maker(), TEXTS, LABELS, n=0, cv=[(train, test)])
    assert {score.label for score in found.scores} == {None, "good"}


@pytest.mark.parametrize(
    ("params", "error", "match"),
    [
        ({"estimator": Ridge()}, InputTypeError, "a classifier of texts"),
        ({"synthesizer": writer()}, InputTypeError, "as a TextSynthesizer"),
        ({"y": ["bad"] * 80}, InputError, "at least two classes"),
        ({"y": LABELS[:3]}, InputError, "80 texts, got 3 labels"),
        ({"y": ["alone", *["good"] * 79]}, InputError, r"got 1 of \['alone'\]"),
        ({"n": "more"}, ParameterError, "n as 'balance'"),
        ({"cv": 1}, ParameterError, "cv as a whole number from 2"),
        ({"cv": 41}, InputError, "at least 41 rows of some class"),
        ({"cv": "five"}, ParameterError, "cv as a whole number"),
        ({"cv": []}, ParameterError, "cv as a number of folds or a list"),
        ({"cv": [([0], [0, 1])]}, InputError, "without common rows"),
        ({"cv": [([0], [99])]}, InputError, "positions of 80 rows"),
        ({"cv": [([0], [])]}, InputError, "none empty"),
        ({"repeats": 0}, ParameterError, "repeats as a whole number"),
        ({"random_state": None}, ParameterError, "random_state as a whole number"),
    ],
)
def test_bad_input_is_named_before_anything_is_asked(params, error, match):
    model = writer()
    given = {"estimator": inner(), "synthesizer": maker(model), "X": TEXTS, "y": LABELS}
    with pytest.raises(error, match=match):
        compare_synthetic(**{**given, **params})
    assert model.calls == []


@pytest.mark.parametrize(
    ("cv", "n", "error", "match"),
    [
        ([(range(10, 50), [0]), (range(10), [50])], 1, InputError, r"got \['bad'\] alone in one"),
        ([(range(10, 80), [0]), (range(40), [50])], {"good": 1}, InputError, "alone in one"),
    ],
)
def test_no_split_is_paid_for_if_one_cannot_be_used(cv, n, error, match):
    model = writer()
    with pytest.raises(error, match=match):
        compare_synthetic(inner(), maker(model), TEXTS, LABELS, n=n, cv=cv)
    assert model.calls == []


def test_the_seed_after_the_last_is_the_first():
    found = compare_synthetic(
        inner(), maker(random_state=2**32 - 1), TEXTS, LABELS, n={"bad": 1}, cv=2
    )
    assert [made.provenance["seed"] for made in found.made] == [2**32 - 1, 0]


@pytest.mark.parametrize("cv", [3, 4])
def test_folds_of_ones_own_share_training_rows_as_well(cv):
    folds = StratifiedKFold(cv, shuffle=True, random_state=0).split(TEXTS, LABELS)
    own, number = (
        compare_synthetic(inner(), maker(), TEXTS, LABELS, n={"bad": 2}, cv=each)
        for each in (list(folds), cv)
    )
    assert own.overlap == number.overlap == pytest.approx(1 / (cv - 1))
    assert own.scores == number.scores
    draw = compare_synthetic(inner(), maker(), TEXTS, LABELS, n={"bad": 2}, cv=list(draws(2)))
    assert draw.overlap == 0
