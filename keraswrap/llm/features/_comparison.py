"""Measure what features add to words and vectors, in cross-validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.multiclass import type_of_target

from keraswrap._data import check_order
from keraswrap._paired import paired_interval
from keraswrap._texts import check_optional_texts
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.llm.features._row_scores import choose_metric, row_scores

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FeatureComparison", "FeatureGain", "compare_features"]

# Columns of the frame that all pipelines read: the text, and the same with "" where it is missing.
_FILLED = "__filled__"
_PENALTIES = (0.1, 1.0, 10.0, 100.0)


@dataclass(frozen=True)
class FeatureGain:
    """What features gain over a baseline.

    Parameters
    ----------
    baseline : str
    use : {"beside", "instead of"}
        Whether the features are added to the baseline, or replace it.
    without, with_features : float
        Mean score of the baseline alone, and with the features. Errors and losses are
        positive.
    gain : float
        Improvement by the features, in units of the metric; below 0 if it gets worse.
    low, high : float
        95% interval of the gain, paired by row.
    """

    baseline: str
    use: str
    without: float
    with_features: float
    gain: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """What the interval says: "gain", "loss" or "no difference shown"."""
        return "gain" if self.low > 0 else "loss" if self.high < 0 else "no difference shown"

    def __str__(self) -> str:
        return (
            f"{self.use} {self.baseline}: {self.without:.3f} → {self.with_features:.3f}, gain "
            f"{self.gain:+.3f} (95% {self.low:+.3f} to {self.high:+.3f}): {self.verdict}"
        )


@dataclass(frozen=True)
class FeatureComparison:
    """Result of :func:`compare_features`.

    Parameters
    ----------
    gains : tuple of FeatureGain
    metric : str
    n_rows : int
    """

    gains: tuple[FeatureGain, ...]
    metric: str
    n_rows: int

    def __str__(self) -> str:
        head = f"{self.metric} of {self.n_rows} held-out rows"
        return "\n".join([head, *(f"- {gain}" for gain in self.gains)])

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each gain.

        Returns
        -------
        pandas.DataFrame
        """
        return pd.DataFrame([{**vars(gain), "verdict": gain.verdict} for gain in self.gains])


def compare_features(
    features: BaseEstimator,
    X: object,
    y: object,
    *,
    column: str | None = None,
    baselines: Mapping[str, BaseEstimator] | None = None,
    estimator: BaseEstimator | None = None,
    metric: str | None = None,
    cv: int = 5,
    random_state: int = 0,
) -> FeatureComparison:
    """Measure in cross-validation what features of a text column gain over baselines.

    Everything is fitted inside the folds: features, baselines and estimator. Both sides of
    a gain are judged on the same held-out rows.

    Parameters
    ----------
    features : transformer
        A transformer of a column of texts, such as :class:`LanguageModelFeatures`.
    X : array-like of str or missing, shape (n,), or DataFrame
        Texts; or a frame whose other columns are numbers, which both sides get.
    y : array-like of shape (n,)
        Classes or numbers.
    column : str, optional
        The text column of a frame; by default its only one.
    baselines : dict of str to transformer, optional
        Transformers of a column of texts. By default TF-IDF and
        :class:`~keraswrap.text.TextEmbedder`. A frame's numbers alone are always one, too.
    estimator : estimator, optional
        By default a logistic or ridge regression whose penalty is chosen in 3 folds of
        the training rows.
    metric : {"accuracy", "log_loss", "absolute_error", "squared_error"}, optional
        By default the accuracy of classes, and the absolute error of numbers.
    cv : int, default=5
        Folds, shuffled and, for classes, stratified.
    random_state : int, default=0

    Returns
    -------
    FeatureComparison

    Raises
    ------
    InputTypeError, InputError, ParameterError
        If an argument is invalid; raised before anything is fitted.

    Notes
    -----
    The intervals are Student's t intervals of paired differences over rows. They ignore that
    other training rows would give other fits, so a gain just above 0 is weak evidence: of
    640 simulated sets of 60 or 200 rows with noise as features, 1.4% showed a gain beside
    TF-IDF, where 2.5% are allowed; but of 160 sets without any signal, 5% showed a gain in
    accuracy instead of TF-IDF. If several sets of features are tried, the best one looks
    better than it is.

    Examples
    --------
    >>> from keraswrap.llm import FakeLM, LanguageModelFeatures, Question, compare_features
    >>> from sklearn.feature_extraction.text import TfidfVectorizer
    >>> cues = FakeLM({"no": ["fine"], "yes": ["broke", "tore"]})
    >>> features = LanguageModelFeatures([Question("broken", "Broken?", ["no", "yes"])], cues)
    >>> X, y = ["It broke.", "It tore.", "Fine.", "All fine."] * 10, [1, 1, 0, 0] * 10
    >>> found = compare_features(features, X, y, baselines={"TF-IDF": TfidfVectorizer()})
    >>> print(found.gains[0])
    beside TF-IDF: 1.000 → 1.000, gain +0.000 (95% +0.000 to +0.000): no difference shown
    """
    check_order({"X": X, "y": y})
    frame, name, numbers = _read(X, column)
    labels, of_classes = _read_labels(y, len(frame))
    metric = choose_metric(metric, of_classes)
    _check(features, baselines, cv)
    head = _head(of_classes) if estimator is None else estimator
    known = _baselines() if baselines is None else dict(baselines)
    sets: dict[tuple[str, bool], Pipeline] = {
        ("", True): _pipeline(features, None, name, numbers, head)
    }
    if numbers:
        known = {"numbers alone": "drop", **known}
    for title, baseline in known.items():
        sets[title, False] = _pipeline(None, baseline, name, numbers, head)
        if baseline != "drop":
            sets[title, True] = _pipeline(features, baseline, name, numbers, head)
    folds = list(_split(labels, of_classes, int(cv), random_state))
    scores = {key: _scores(one, frame, labels, folds, metric) for key, one in sets.items()}
    return FeatureComparison(tuple(_gains(known, scores)), metric, len(frame))


def _gains(
    known: Mapping[str, object], scores: Mapping[tuple[str, bool], np.ndarray]
) -> Iterator[FeatureGain]:
    for title, baseline in known.items():
        alone = scores["", True]
        if baseline == "drop":
            yield _gain(title, "beside", scores[title, False], alone)
            continue
        yield _gain(title, "beside", scores[title, False], scores[title, True])
        yield _gain(title, "instead of", scores[title, False], alone)


def _gain(title: str, use: str, without: np.ndarray, with_them: np.ndarray) -> FeatureGain:
    difference = with_them - without
    low, high = paired_interval(difference) or (np.nan, np.nan)
    before, after = (abs(float(each.mean())) for each in (without, with_them))
    return FeatureGain(title, use, before, after, float(difference.mean()), low, high)


def _scores(
    pipeline: Pipeline,
    frame: pd.DataFrame,
    labels: np.ndarray,
    folds: list[tuple[np.ndarray, np.ndarray]],
    metric: str,
) -> np.ndarray:
    """Return the score of each row by a fit that has not seen it."""
    found = np.empty(len(frame))
    for train, test in folds:
        fitted = clone(pipeline).fit(frame.iloc[train], labels[train])
        found[test] = row_scores(fitted, frame.iloc[test], labels[test], metric)
    return found


def _split(
    labels: np.ndarray, of_classes: bool, cv: int, random_state: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    enough = of_classes and np.unique(labels, return_counts=True)[1].min() >= cv
    kind = StratifiedKFold if enough else KFold
    yield from kind(cv, shuffle=True, random_state=random_state).split(labels, labels)


def _pipeline(
    features: BaseEstimator | None,
    baseline: BaseEstimator | str | None,
    name: str,
    numbers: list[str],
    head: BaseEstimator,
) -> Pipeline:
    parts: list[tuple[str, object, object]] = []
    if baseline is not None and baseline != "drop":
        parts.append(("baseline", baseline, _FILLED))
    if features is not None:
        parts.append(("features", make_pipeline(features, *_scaled()), name))
    if numbers:
        parts.append(("numbers", make_pipeline(*_scaled()), numbers))
    return make_pipeline(ColumnTransformer(parts), clone(head))


def _scaled() -> tuple[BaseEstimator, ...]:
    return SimpleImputer(add_indicator=True, keep_empty_features=True), StandardScaler()


def _head(of_classes: bool) -> BaseEstimator:
    if of_classes:
        return GridSearchCV(LogisticRegression(max_iter=3000), {"C": list(_PENALTIES)}, cv=3)
    return GridSearchCV(Ridge(), {"alpha": [1 / each for each in _PENALTIES]}, cv=3)


def _baselines() -> dict[str, BaseEstimator]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    from keraswrap.text import TextEmbedder

    return {"TF-IDF": TfidfVectorizer(), "TextEmbedder": TextEmbedder(empty="allow")}


def _read(X: object, column: str | None) -> tuple[pd.DataFrame, str, list[str]]:
    """Return a frame with the texts and the numbers, and the names of its columns."""
    given = X if isinstance(X, pd.DataFrame) else _as_frame(X, column or "text")
    of_numbers = [str(name) for name in given.select_dtypes(["number", "bool"]).columns]
    others = [str(name) for name in given.columns if str(name) not in of_numbers]
    if column is None and len(others) == 1:
        column = others[0]
    if column not in others or len(others) > 1:
        raise InputError(
            f"Expected a frame with one column of texts and others of numbers, got {others[:10]} "
            f"without numbers and column={column!r}. Name the texts, and drop or encode the rest."
        )
    texts = check_optional_texts(given[column])
    frame = given[of_numbers].astype(float).reset_index(drop=True)
    frame[column] = pd.Series(texts, dtype=object)
    frame[_FILLED] = [text or "" for text in texts]
    return frame, str(column), of_numbers


def _as_frame(X: object, name: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(check_optional_texts(X), dtype=object)})


def _read_labels(y: object, n: int) -> tuple[np.ndarray, bool]:
    labels = np.asarray(y)
    if labels.shape != (n,):
        raise InputError(f"Expected a label for each of {n} rows, got y of shape {labels.shape}.")
    if any(one is None or one != one for one in labels.tolist()):
        raise InputError("Expected a label for each row, got missing ones in y. Drop these rows.")
    of_classes = not str(type_of_target(labels)).startswith("continuous")
    if of_classes and len(np.unique(labels)) < 2:
        raise InputError(f"Expected at least two classes in y, got {np.unique(labels).tolist()}.")
    return labels, of_classes


def _check(features: object, baselines: object, cv: object) -> None:
    if baselines is not None and not isinstance(baselines, Mapping):
        raise InputTypeError(f"Expected baselines as a dict by name, got {baselines!r:.60}.")
    for each in (features, *(baselines or {}).values()):
        if not hasattr(each, "fit_transform") or isinstance(each, type):
            raise InputTypeError(f"Expected a transformer of a column of texts, got {each!r:.60}.")
    if not isinstance(cv, int | np.integer) or isinstance(cv, bool) or cv < 2:
        raise ParameterError(f"Expected cv as a whole number from 2 on, got {cv!r:.60}.")
