"""Annotators: classifiers, functions and existing labels, with one way to ask them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.labeling._people import label_values
from keraswrap.labeling._pool import vote
from keraswrap.labeling._rows import Texts, match_rows, objects
from keraswrap.llm._classifier import LanguageModelClassifier
from keraswrap.llm._zero_shot import ZeroShotClassifier

__all__ = ["Annotator", "read_annotators"]

# Kinds of annotators, in the words of the table.
MODEL, CLASSIFIER, FUNCTION, LABELS = "language model", "classifier", "function", "labels"
# Fitted on people's labels, out of fold.
TRAINED = "trained"


@dataclass(frozen=True, eq=False)
class Annotator:
    """Someone or something that labels rows, and in which form.

    Parameters
    ----------
    name : str
    kind : {"language model", "classifier", "trained", "function", "labels"}
    source : object
        The classifier, the function, or labels or probabilities in the order of the rows.
    classes : list
        Labels that it is known to give; empty if that is not known.
    """

    name: str
    kind: str
    source: object
    classes: list[Hashable]

    @property
    def model(self) -> Hashable:
        """The language model that the annotator asks, which makes a family whatever it answers."""
        if not isinstance(self.source, LanguageModelClassifier):
            return ("annotator", self.name)
        name, model = self.source.model_name, self.source.model
        return ("name", str(name)) if name is not None else ("model", id(model))

    @property
    def at_once(self) -> bool:
        """Whether all rows are asked together: batch calibration compares them."""
        if self.kind == LABELS:
            return True
        batch = getattr(self.source, "calibration", None) == "batch"
        return batch and getattr(self.source, "prior_", None) is None

    def prepare(self, classes: np.ndarray) -> Annotator:
        """Return the annotator fitted with the classes, if it is a language model without any."""
        if self.kind != MODEL or self.classes:
            return self
        told = clone(self.source).fit(None, [str(label) for label in classes.tolist()])
        return Annotator(self.name, MODEL, told, classes.tolist())

    def ask(
        self, texts: list[str], places: np.ndarray, classes: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Ask about some rows.

        Returns
        -------
        proba : ndarray of shape (b, k)
            NaN where there is no answer.
        outside : int
            Number of labels that are none of the classes.

        Raises
        ------
        InputError
            If the answer is not a label or probabilities for each text.
        """
        source = self.source
        columns = classes
        if self.kind == LABELS:
            answers = source.iloc[places] if hasattr(source, "iloc") else source[places]  # type: ignore[index]
        elif self.kind == FUNCTION:
            answers = source(texts)  # type: ignore[operator]
        elif hasattr(source, "predict_proba"):
            answers, columns = source.predict_proba(texts), self._columns()
        else:
            answers = source.predict(texts)  # type: ignore[attr-defined]
        return read_answers(answers, columns, classes, (len(texts), self.name))

    def _columns(self) -> np.ndarray:
        """Return the class of each column; a model fitted with the classes has them as texts."""
        known = {str(label): label for label in self.classes} if self.kind == MODEL else {}
        named = np.asarray(self.source.classes_).tolist()  # type: ignore[attr-defined]
        return objects(known.get(str(label), label) for label in named)


def read_answers(
    answers: object, columns: np.ndarray, classes: np.ndarray, asked: tuple[int, str]
) -> tuple[np.ndarray, int]:
    """Return labels or probabilities as probabilities of the classes, and count unknown labels.

    Parameters
    ----------
    answers : array-like of shape (n,) or (n, c), or DataFrame
        Labels, or probabilities; a DataFrame names the class of each column.
    columns : ndarray of shape (c,)
        The class of each column.
    classes : ndarray of shape (k,)
    asked : (int, str)
        Number of texts, and the annotator's name.

    Examples
    --------
    >>> classes = np.array(["no", "yes"])
    >>> read_answers(["yes", "maybe"], classes, classes, (2, "a"))[1]
    1
    """
    if isinstance(answers, pd.DataFrame):
        columns, answers = objects(answers.columns), answers.to_numpy()
    values = answers if isinstance(answers, np.ndarray) else _array(answers, asked)
    if values.shape == (asked[0], len(columns)) and values.dtype.kind in "fiu":
        _check_proba(values, asked[1])
        return _spread(values.astype(np.float64), columns, classes), 0
    if values.shape != (asked[0],):
        raise InputError(
            f"Expected annotator {asked[1]!r} to return a label for each of {asked[0]} texts, or "
            f"probabilities of shape ({asked[0]}, {len(columns)}), got shape {values.shape} of "
            f"dtype {values.dtype}."
        )
    known = {label: code for code, label in enumerate(classes.tolist())}
    labels = [known.get(label, -1) for label in map(_plain, values.tolist())]
    codes = np.array(labels, dtype=np.int64)
    there = [not _is_missing(label) for label in values.tolist()]
    return vote(codes, len(classes)), int(((codes < 0) & np.array(there, dtype=bool)).sum())


def _is_missing(label: object) -> bool:
    """Return whether a label stands for none; ``pd.NA`` cannot be compared with a text."""
    if isinstance(label, str):
        return not label.strip()
    return pd.api.types.is_scalar(label) and bool(pd.isna(label))


def _check_proba(values: np.ndarray, name: str) -> None:
    """Raise InputError for scores that are no probabilities, such as logits."""
    wrong = values[(values < 0) | np.isinf(values)]
    if len(wrong):
        raise InputError(
            f"Expected probabilities of annotator {name!r} from 0 on, got {wrong[0]:.4g}. Turn "
            "scores or logarithms into probabilities, or return labels."
        )


def _plain(label: object) -> Hashable:
    """Return a label that can be looked up, whatever a function has returned."""
    return label if isinstance(label, Hashable) else repr(label)


def _array(answers: object, asked: tuple[int, str]) -> np.ndarray:
    try:
        rows = list(answers)  # type: ignore[call-overload]
        if any(isinstance(row, list | tuple | np.ndarray) for row in rows):
            return np.array(rows, dtype=np.float64)
        return objects(rows)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"Expected annotator {asked[1]!r} to return a label or probabilities for each of "
            f"{asked[0]} texts, got {type(answers).__name__}: {error}."
        ) from error


def _spread(proba: np.ndarray, columns: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Put columns in the order of the classes, and have each row sum to 1."""
    found = np.zeros((len(proba), len(classes)))
    place = {label: code for code, label in enumerate(classes.tolist())}
    for column, label in enumerate(columns.tolist()):
        if label in place:
            found[:, place[label]] = proba[:, column]
    total = found.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, found / total, np.nan)


def read_annotators(rows: Texts, annotators: object) -> list[Annotator]:
    """Read annotators, each with a name.

    Raises
    ------
    InputError
        If there are none, or names are not unique.
    InputTypeError
        If an annotator has an unsupported type.
    """
    named = _named(annotators)
    names = [name for name, _ in named]
    if not named:
        raise InputError("Expected annotators, got none. Pass at least one classifier or function.")
    if len({*names, "people"}) <= len(names):
        raise InputError(
            f"Expected names of annotators that differ, none of them 'people', got {names!r:.200}. "
            "Pass a dict by name."
        )
    return [_read(rows, name, source) for name, source in named]


def _named(annotators: object) -> list[tuple[str, object]]:
    if isinstance(annotators, Mapping):
        return [(str(name), source) for name, source in annotators.items()]
    if isinstance(annotators, pd.DataFrame):
        return [(str(name), annotators[name]) for name in annotators.columns]
    if not isinstance(annotators, list | tuple):
        raise InputTypeError(
            f"Expected annotators as a list, or a dict by name, got {type(annotators).__name__}. "
            "Put it into a list."
        )
    kinds = [getattr(one, "__name__", type(one).__name__) for one in annotators]
    return [
        (kind if kinds.count(kind) == 1 else f"{kind} {kinds[: place + 1].count(kind)}", one)
        for place, (kind, one) in enumerate(zip(kinds, annotators, strict=True))
    ]


def _read(rows: Texts, name: str, source: object) -> Annotator:
    if hasattr(source, "predict") and hasattr(source, "fit") and not isinstance(source, type):
        return _read_classifier(name, source)
    if isinstance(source, list | tuple | np.ndarray | pd.Series | pd.DataFrame):
        return _read_labels(rows, name, source)
    if callable(source) and not isinstance(source, type):
        return Annotator(name, FUNCTION, source, [])
    raise InputTypeError(
        f"Expected annotator {name!r} to be a classifier, a function of texts, or a label for "
        f"each row, got {source!r:.60}."
    )


def _read_classifier(name: str, source: object) -> Annotator:
    is_model = isinstance(source, LanguageModelClassifier)
    try:
        if hasattr(source, "__sklearn_tags__"):  # others cannot tell whether they are fitted
            check_is_fitted(source)
    except NotFittedError:
        if isinstance(source, ZeroShotClassifier):
            return Annotator(name, MODEL, source, [])
        if not hasattr(source, "predict_proba"):
            raise InputTypeError(
                f"Expected annotator {name!r} with predict_proba, to be fitted on people's labels, "
                f"got {type(source).__name__}. Fit it on other rows, or pass a classifier with it."
            ) from None
        return Annotator(name, TRAINED, source, [])
    classes = np.asarray(getattr(source, "classes_", []))
    return Annotator(name, MODEL if is_model else CLASSIFIER, source, classes.tolist())


def _read_labels(rows: Texts, name: str, source: object) -> Annotator:
    matched = match_rows(rows, source, name)
    if isinstance(matched, pd.DataFrame):
        _check_columns(matched, name)
        return Annotator(name, LABELS, matched, matched.columns.tolist())
    if np.ndim(matched) == 2:  # type: ignore[arg-type]
        return Annotator(name, LABELS, np.asarray(matched), [])
    values = label_values(matched)
    return Annotator(name, LABELS, values, sorted({v for v in values.tolist() if v is not None}))


def _check_columns(frame: pd.DataFrame, name: str) -> None:
    """Raise InputError for a DataFrame of labels: its columns would pass for classes."""
    other = [column for column, kind in frame.dtypes.items() if kind.kind not in "fiu"]
    if other:
        raise InputError(
            f"Expected annotator {name!r} as a DataFrame of probabilities, a column for each "
            f"class, got other values in {other[:3]!r:.100}. Pass a column of labels as a Series."
        )
