"""Old and new rows compared: which tests are made, and what they find."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.stats import norm, rankdata

from keraswrap.drift._accuracy import accuracy_interval, detectable_drop, drop_p
from keraswrap.drift._auc import auc, auc_interval
from keraswrap.drift._calibration import log_proba
from keraswrap.drift._columns import table_features
from keraswrap.drift._facts import Fact, compare_facts
from keraswrap.drift._permutations import draws_for, permuted_p
from keraswrap.drift._reference import Reference, Sketch, all_facts, unseen_words
from keraswrap.drift._results import Accuracy, ClassShare, DriftTest
from keraswrap.drift._shares import Mixture, Outputs, estimate_mixture, mixture_fit, shares_p
from keraswrap.drift._texts import word_vectors
from keraswrap.drift._two_samples import Separation, separate
from keraswrap.drift._verdict import FEWEST_LABELS, FEWEST_ROWS, labels_p, passes_as_mixture

__all__ = ["Comparison", "compare"]

# Tests of one statement, times statements, at most: the correction of the smallest p-value.
_TESTS = 12
_DIMENSIONS = 128


@dataclass(frozen=True)
class Comparison:
    """All that was found, before anything is stated.

    Parameters
    ----------
    tests : tuple of DriftTest
        Not corrected yet.
    facts : tuple of Fact
    shares : tuple of ClassShare
    accuracy : Accuracy
    mixed : float or None
        P-value of new rows being a mixture of the reference's classes.
    newness : ndarray of shape (m,)
    """

    tests: tuple[DriftTest, ...]
    facts: tuple[Fact, ...]
    shares: tuple[ClassShare, ...]
    accuracy: Accuracy
    mixed: float | None
    newness: np.ndarray


@dataclass(frozen=True)
class Labeled:
    """The new rows that have a label.

    Parameters
    ----------
    codes : ndarray of int of shape (l,)
        The column of each label; labels that the model does not know have numbers above.
    right : ndarray of bool of shape (l,)
        Whether the most probable class is the label.
    """

    codes: np.ndarray
    right: np.ndarray


@dataclass(frozen=True)
class Effort:
    """How much is computed.

    Parameters
    ----------
    alpha : float
        Level of this check.
    n_bootstrap : int
    seed : int
    words : bool
        Whether texts are told apart by their words, if they have no vectors.
    """

    alpha: float
    n_bootstrap: int
    seed: int
    words: bool = True

    @property
    def most(self) -> int:
        """Draws of a permutation test, at most."""
        return draws_for(self.alpha / _TESTS)

    def rng(self, *step: int) -> np.random.Generator:
        """Return the generator of one step, whatever the others drew."""
        return np.random.default_rng([self.seed, *step])


def compare(reference: Reference, new: Sketch, labeled: Labeled, effort: Effort) -> Comparison:
    """Compare new rows with the reference."""
    old = reference.sketch
    is_new = np.arange(len(old) + len(new)) >= len(old)
    values, names = all_facts(old, new)
    facts = compare_facts(values, names, is_new, effort.rng(1), effort.most)
    features = _features(old, new, values, effort)
    apart = {
        name: separate(part, is_new, effort.rng(2, number), effort.most)
        for number, (name, part) in enumerate(features.items())
    }
    tests = [_separation_test(name, found) for name, found in apart.items()]
    if facts:
        tests.append(DriftTest("facts", "inputs_moved", None, None, None, facts[0].p_value, 1.0))
    tests += _unseen_test(reference, new, effort)
    mixture, mixed = _mix(reference, new, features, effort)
    tests += _shares_tests(reference, new, labeled, mixed, effort)
    accuracy = _accuracy(reference, labeled, mixture, effort)
    tests.append(_accuracy_test(reference, new, labeled, mixture, effort))
    shares = _class_shares(reference, mixture, labeled, effort)
    newness = next(iter(apart.values())).newness[is_new]
    return Comparison(tuple(tests), facts, shares, accuracy, mixed, newness)


def _features(
    old: Sketch, new: Sketch, values: np.ndarray, effort: Effort
) -> dict[str, np.ndarray]:
    """Return what new rows may be told from old ones by, the most telling first."""
    found = {}
    if old.vectors is not None and new.vectors is not None:
        found["vectors"] = _reduced(np.vstack([old.vectors, new.vectors]))
    elif effort.words and old.counts is not None and new.counts is not None:
        counts = sparse.csr_matrix(sparse.vstack([old.counts, new.counts]))
        found["vectors"] = word_vectors(counts, effort.seed % 2**32)
    if old.columns is not None:
        found["columns"] = table_features(values, effort.rng(3))
    found["outputs"] = _output_features(np.vstack([old.proba, new.proba]))
    return found


def _reduced(vectors: np.ndarray) -> np.ndarray:
    """Return the main directions of vectors, of old and new rows together."""
    centered = np.asarray(vectors, dtype=np.float64) - vectors.mean(axis=0, dtype=np.float64)
    if centered.shape[1] <= _DIMENSIONS:
        return centered
    if centered.shape[1] > len(centered):
        left, sizes, _ = np.linalg.svd(centered, full_matrices=False)
        return np.asarray(left[:, :_DIMENSIONS] * sizes[:_DIMENSIONS])
    _, directions = np.linalg.eigh(centered.T @ centered)
    return np.asarray(centered @ directions[:, ::-1][:, :_DIMENSIONS])


def _output_features(proba: np.ndarray) -> np.ndarray:
    ranked = -np.sort(-proba, axis=1)
    margin = ranked[:, 0] - (ranked[:, 1] if proba.shape[1] > 1 else 0.0)
    both = np.column_stack([_reduced(log_proba(proba)), proba, ranked[:, 0], margin])
    scale = both.std(axis=0)
    both = (both - both.mean(axis=0))[:, scale > 1e-9]
    return np.asarray(both / scale[scale > 1e-9])


def _separation_test(name: str, found: Separation) -> DriftTest:
    return DriftTest(name, "inputs_moved", found.auc, found.low, found.high, found.p_value, 1.0)


def _unseen_test(reference: Reference, new: Sketch, effort: Effort) -> list[DriftTest]:
    found = unseen_words(reference, new)
    if found is None:
        return []
    values, is_new = found
    ranks = rankdata(values) - (len(values) + 1) / 2
    p_value = permuted_p(
        lambda drawn: np.abs(ranks @ drawn)[:, None], is_new, effort.rng(4), effort.most
    )
    value = auc(values, is_new)
    ends = auc_interval(value, int((~is_new).sum()), int(is_new.sum()))
    return [DriftTest("unseen words", "inputs_moved", value, *ends, float(p_value[0]), 1.0)]


def _mix(
    reference: Reference, new: Sketch, features: dict[str, np.ndarray], effort: Effort
) -> tuple[Mixture | None, float | None]:
    known = np.flatnonzero(reference.labels >= 0)
    if len(new) < FEWEST_ROWS or len(known) < FEWEST_ROWS:
        return None, None
    outputs = Outputs(reference.sketch.proba[known], reference.labels[known], new.proba)
    mixture = estimate_mixture(outputs, effort.rng(5), effort.n_bootstrap)
    rows = np.r_[known, len(reference.sketch) + np.arange(len(new))]
    first = next(iter(features.values()))[rows]
    return mixture, mixture_fit(first, outputs, mixture, effort.rng(6))


def _shares_tests(
    reference: Reference, new: Sketch, labeled: Labeled, mixed: float | None, effort: Effort
) -> list[DriftTest]:
    """Test the shares by outputs and labels; by labels alone where outputs cannot tell."""
    enough = len(labeled.codes) >= FEWEST_LABELS
    if enough and not passes_as_mixture(mixed):
        return [_labels_test(reference, labeled, effort)]
    both = np.vstack([reference.sketch.proba, new.proba])
    is_new = np.arange(len(both)) >= len(reference.sketch)
    p_value = shares_p(both, is_new, effort.rng(7), effort.most)
    found = [DriftTest("mean outputs", "shares_moved", None, None, None, p_value, 1.0)]
    return [*found, _labels_test(reference, labeled, effort)] if enough else found


def _labels_test(reference: Reference, labeled: Labeled, effort: Effort) -> DriftTest:
    known = np.where(reference.labels < 0, len(reference.classes), reference.labels)
    p_value = labels_p(known, labeled.codes, effort.rng(8), effort.most)
    return DriftTest("labels", "shares_moved", None, None, None, p_value, 1.0)


def _accuracy_test(
    reference: Reference, new: Sketch, labeled: Labeled, mixture: Mixture | None, effort: Effort
) -> DriftTest:
    if len(labeled.right):
        right = reference.sketch.proba.argmax(axis=1) == reference.labels
        counts = (int(right.sum()), len(right), int(labeled.right.sum()), len(labeled.right))
        return DriftTest("real accuracy", "model_fails", None, None, None, drop_p(*counts), 1.0)
    p_value = 1.0
    if mixture is not None:
        # Both must find it: less sure outputs, which is exact, and a lower expectation.
        sure = np.r_[reference.sketch.proba.max(axis=1), new.proba.max(axis=1)]
        is_new = np.arange(len(sure)) >= len(reference.sketch)
        lower = permuted_p(
            lambda drawn: -(sure @ drawn)[:, None], is_new, effort.rng(9), effort.most
        )
        error = float(np.std(mixture.expected_draws - mixture.measured_draws, ddof=1))
        fall = (mixture.expected - mixture.measured) / max(error, 1e-12)
        p_value = max(float(lower[0]), float(norm.cdf(fall)))
    return DriftTest("expected accuracy", "model_fails", None, None, None, p_value, 1.0)


def _accuracy(
    reference: Reference, labeled: Labeled, mixture: Mixture | None, effort: Effort
) -> Accuracy:
    right = reference.sketch.proba.argmax(axis=1) == reference.labels
    old = float(right.mean())
    ends_old = accuracy_interval(int(right.sum()), len(right))
    found = Accuracy(old, *ends_old, None, None, None, None, None, None, 0, None)
    if mixture is not None:
        low, high = _ends(mixture.expected_draws, mixture.noise, effort.rng(10))
        found = replace(
            found,
            expected=min(max(mixture.expected, 0.0), 1.0),
            expected_low=float(low),
            expected_high=float(high),
        )
    count = len(labeled.right)
    if not count:
        return found
    hits = int(labeled.right.sum())
    real_low, real_high = accuracy_interval(hits, count)
    drop = detectable_drop(count, old, len(right), effort.alpha)
    return replace(
        found,
        real=hits / count,
        real_low=real_low,
        real_high=real_high,
        n_labeled=count,
        detectable_drop=drop,
    )


def _ends(draws: np.ndarray, noise: float | np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the ends of 95% intervals of shares, from a bootstrap and the noise of the rows."""
    drawn = draws + rng.normal(0, noise, draws.shape)
    return np.quantile(drawn, [0.025, 0.975], axis=0).clip(0, 1)


def _class_shares(
    reference: Reference, mixture: Mixture | None, labeled: Labeled, effort: Effort
) -> tuple[ClassShare, ...]:
    if mixture is None:
        return ()
    labels: list[object] = reference.classes.tolist()
    k, count = len(labels), len(labeled.codes)
    low, high = _ends(mixture.draws, mixture.share_noise, effort.rng(11))
    # A bootstrap of no rows has no spread: never narrower than if the labels had been counted.
    n_new = mixture.weights[1].shape[1]
    counted = [accuracy_interval(share * n_new, n_new) for share in mixture.new.tolist()]
    given = np.bincount(labeled.codes, minlength=k) / count if count else None
    return tuple(
        ClassShare(
            labels[column],
            float(mixture.reference[column]),
            float(mixture.new[column]),
            float(min(low[column], counted[column][0])),
            float(max(high[column], counted[column][1])),
            None if given is None else float(given[column]),
        )
        for column in range(k)
    )
