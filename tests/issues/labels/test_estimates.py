"""Estimates of noise: figures that hold what was planted."""

import numpy as np
import pytest
from cleanlab.dataset import find_overlapping_classes

from keraswrap.exceptions import ParameterError
from keraswrap.issues import estimate_noise, find_label_issues

NAMES = np.array(["bad", "fair", "good"])


def planted(n=3000, rate=0.1, seed=0):
    """Labels flipped at a rate, and probabilities of a model that has learned from such."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n)
    drawn = rng.gamma(0.5 + 5 * np.eye(3)[truth])
    noise = np.full((3, 3), rate / 2)
    np.fill_diagonal(noise, 1 - rate)
    proba = drawn / drawn.sum(axis=1, keepdims=True) @ noise
    flipped = rng.random(n) < rate
    given = np.where(flipped, (truth + rng.integers(1, 3, n)) % 3, truth)
    return find_label_issues(proba, y=NAMES[given], out_of_sample=True), given != truth


def test_the_joint_is_near_to_what_was_planted():
    issues, wrong = planted(n=6000, rate=0.2)
    noise = estimate_noise(issues)
    assert noise.joint.sum() == pytest.approx(1)
    np.testing.assert_allclose(noise.joint.sum(axis=1), np.bincount(issues.codes) / 6000)
    off = noise.joint[~np.eye(3, dtype=bool)]
    np.testing.assert_allclose(off, wrong.mean() / 6, atol=0.015)


def test_overlaps_are_cleanlabs():
    issues, _ = planted()
    noise = estimate_noise(issues)
    expected = find_overlapping_classes(
        joint=noise.joint, num_examples=len(issues), class_names=NAMES.tolist()
    )
    np.testing.assert_allclose(noise.overlaps.share, expected["Joint Probability"])
    assert noise.overlaps.class_1.tolist() == expected["Class Name A"].tolist()


@pytest.mark.parametrize("rate", [0.05, 0.2])
def test_errors_are_about_as_many_as_there_are(rate):
    issues, wrong = planted(rate=rate)
    noise = estimate_noise(issues)
    assert noise.n_errors[0] == pytest.approx(wrong.sum(), rel=0.25)
    assert noise.n_errors[1] <= noise.n_errors[0] <= noise.n_errors[2]
    assert noise.per_class.index.tolist() == NAMES.tolist()
    assert (noise.per_class.low <= noise.per_class.share_wrong).all()


def test_precision_is_about_what_is_found():
    issues, wrong = planted(rate=0.2)
    noise = estimate_noise(issues)
    order = issues.ranking()
    for seen, n in ((0, 600), (300, 600), (1000, 500)):
        real = wrong[order[seen : seen + n]].mean()
        assert noise.precision_next(n, seen) == pytest.approx(real, abs=0.2)


def test_what_is_expected_adds_up():
    noise = estimate_noise(planted()[0])
    assert noise.p_wrong.sum() == pytest.approx(noise.n_errors[0])
    assert noise.errors_left(0) == pytest.approx(noise.n_errors[0])
    assert noise.errors_left(3000) == 0
    assert np.isnan(noise.precision_next(10, seen=3000))


def test_labels_without_a_doubt_have_no_errors():
    proba = np.eye(3)[np.arange(30) % 3]
    noise = estimate_noise(find_label_issues(proba, y=np.arange(30) % 3, out_of_sample=True))
    assert noise.n_errors[0] == pytest.approx(0, abs=0.1)
    assert noise.n_errors[2] > 0.5


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (lambda noise: noise.precision_next(-5), "n ≥ 1, .* got -5"),
        (lambda noise: noise.precision_next(0), "n ≥ 1, .* got 0"),
        (lambda noise: noise.precision_next(5, seen=-1), "seen ≥ 0, .* got -1"),
        (lambda noise: noise.errors_left(-1), "seen ≥ 0, .* got -1"),
    ],
)
def test_rows_are_counted_from_the_worst_on(asked, message):
    noise = estimate_noise(find_label_issues([[0.9, 0.1], [0.1, 0.9]], y=[0, 1]))
    with pytest.raises(ParameterError, match=message):
        asked(noise)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_is_a_share(level):
    with pytest.raises(ParameterError, match="Expected level between 0 and 1"):
        estimate_noise(planted(n=60)[0], level=level)
