"""Labels, their words, and which label an answer means. Pure."""

from __future__ import annotations

import json
import re
import string
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias, TypeVar

import numpy as np
import pandas as pd

from keraswrap._data import items_of
from keraswrap._targets import check_labels
from keraswrap._texts import check_texts
from keraswrap.exceptions import InputError, ParameterError

__all__ = ["LabelWords", "read_classes", "read_label_names", "read_words", "show_labels"]

_T = TypeVar("_T")
# Labels, a list of labels per text, or one column per label.
LabelNames: TypeAlias = "Sequence[str] | Sequence[Sequence[str]] | np.ndarray | pd.DataFrame"
# Characters that people and models put around a label.
_FENCE = re.compile(r"\A\s*```\w*\n(.*?)\n?```\s*\Z", re.DOTALL)
_NAME = re.compile(r"\A\W*(label|answer|class|category|sentiment|topic)\W*:", re.IGNORECASE)
_AROUND = string.whitespace + string.punctuation + "“”‘’«»„…"


@dataclass(frozen=True, eq=False)
class LabelWords:
    """The words of each class.

    Parameters
    ----------
    words : tuple of str
        Those of the first class, then those of the second, and so on.
    owners : ndarray of shape (m,), int
        The class of each word.
    names : tuple of str
        One word for each class: its first.
    ends : bool
        Whether an answer must end after its word, since one word begins another.
    classes : tuple of str
        The labels themselves.
    """

    words: tuple[str, ...]
    owners: np.ndarray
    names: tuple[str, ...]
    ends: bool
    classes: tuple[str, ...]

    def match(self, answer: str | None) -> int | None:
        """Find the class that an answer names.

        Returns
        -------
        int or None
            None unless the answer is a label, or one of its words, but for
            case and for what stands around it: quotes, stars, a fence, a name
            before a colon, or JSON of one value. An answer that only holds a label is
            none: "not good" is not "good".

        Examples
        --------
        >>> words = read_words(["bad", "good"])
        >>> words.match(' "Good". '), words.match("not good")
        (1, None)
        """
        bare = _bare(answer or "")
        named = [(word, int(owner)) for word, owner in zip(self.words, self.owners, strict=True)]
        named += [(label, number) for number, label in enumerate(self.classes)]
        exact = {owner for word, owner in named if word == (answer or "").strip()}
        found = exact or {owner for word, owner in named if bare and _bare(word) == bare}
        if not found:
            bare = _bare(_unwrap(answer or ""))
            found = {owner for word, owner in named if bare and _bare(word) == bare}
        return found.pop() if len(found) == 1 else None


def _unwrap(answer: str) -> str:
    """Return the content of a code fence, of one-value JSON, or after a name and a colon."""
    text = _FENCE.sub(r"\1", answer).strip()
    try:
        held = json.loads(text)
        values = list(held.values()) if isinstance(held, dict) else held
        if isinstance(values, list) and len(values) == 1 and isinstance(values[0], str):
            return values[0]
    except (ValueError, RecursionError):
        pass
    return _NAME.sub("", text)


def _bare(text: str) -> str:
    return text.casefold().strip(_AROUND)


def read_classes(y: object) -> tuple[np.ndarray, np.ndarray]:
    """Check labels, which are texts, and return them with their sorted classes.

    Raises
    ------
    InputError
        If there are none, one is missing or empty, or they are not texts, or none
        that is valid Unicode.

    Examples
    --------
    >>> read_classes(["pos", "neg", "pos"])[1].tolist()
    ['neg', 'pos']
    """
    if y is None:
        raise InputError(
            "Expected the labels in y, got None. Pass each that may be given at least once, as "
            "in fit(X=None, y=['negative', 'positive'])."
        )
    if isinstance(y, str):
        raise InputError(f"Expected a list of labels in y, got one text {y!r:.60}. Wrap it.")
    with warnings.catch_warnings():  # y may legitimately list every label once here
        warnings.filterwarnings("ignore", message="The number of unique classes")
        labels = check_labels(y)
    if not len(labels):
        raise InputError("Expected at least one label in y, got none. Pass those to choose from.")
    if not all(isinstance(label, str) for label in labels.tolist()):
        raise InputError(
            "Expected labels as texts, which the model can read, got "
            f"{labels.tolist()[0]!r}. Pass the names of the classes, such as 'negative' and "
            "'positive', instead of their numbers. Where scikit-learn's cross_val_predict numbers "
            "them, use cross_val_predict_proba of keraswrap.model_selection."
        )
    check_texts(labels.tolist(), empty="allow")
    if any(not label.strip() for label in labels.tolist()):
        raise InputError("Expected labels with text in them, got an empty one. Name the class.")
    labels = np.asarray(labels.tolist())
    return labels, np.unique(labels)


def read_words(
    classes: Sequence[str], verbalizers: Mapping[str, Sequence[str]] | None = None
) -> LabelWords:
    """Return the words that stand for each class.

    Parameters
    ----------
    verbalizers : mapping of str to sequence of str, optional
        Words by label; a label without any stands for itself.

    Raises
    ------
    ParameterError
        If a label is unknown, has no words, or shares one with another.

    Examples
    --------
    >>> words = read_words(["bad", "good"], {"good": ["good", "superb"]})
    >>> words.words, words.owners.tolist(), words.ends
    (('bad', 'good', 'superb'), [0, 1, 1], False)
    >>> read_words(["good", "good enough"]).ends
    True
    """
    given = check_by_label(verbalizers, classes, "verbalizers")
    groups = [_words_of(label, given.get(label, [label])) for label in classes]
    words = tuple(word for group in groups for word in group)
    twice = sorted({word for word in words if words.count(word) > 1})
    if twice:
        raise ParameterError(
            f"Expected verbalizers that differ, got {twice[0]!r} twice. A word stands "
            "for one label."
        )
    owners = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    names = tuple(group[0] for group in groups)
    return LabelWords(words, owners, names, _one_begins_another(words), tuple(map(str, classes)))


def _words_of(label: str, words: object) -> list[str]:
    listed = items_of(words) or []
    if not listed or not all(isinstance(word, str) and word.strip() for word in listed):
        raise ParameterError(
            f"Expected a list of words for the label {label!r} in verbalizers, got {words!r:.60}. "
            "Give one word or more, each a text."
        )
    return [str(word) for word in listed]


def _one_begins_another(words: Sequence[str]) -> bool:
    # After sorting, a word comes right before those that start with it.
    return any(later.startswith(word) for word, later in pairwise(sorted(words)))


def check_by_label(
    given: Mapping[str, _T] | None, classes: Sequence[str], name: str
) -> Mapping[str, _T]:
    """Check that the keys of a mapping are existing labels.

    Raises
    ------
    ParameterError
        If it is no mapping, or has another key.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ParameterError(f"Expected {name} as a dict by label, got {given!r:.60}. Pass a dict.")
    known = set(map(str, classes))
    unknown = [label for label in given if label not in known]
    if unknown:
        raise ParameterError(
            f"Expected {name} of the labels {sorted(known)[:10]}, got {unknown[0]!r}. "
            "Spell it as in y."
        )
    return given


def show_labels(words: LabelWords, descriptions: Mapping[str, str] | None = None) -> str:
    """Write labels as a prompt shows them.

    Returns
    -------
    str
        In one line; with descriptions, a line for each.

    Examples
    --------
    >>> print(show_labels(read_words(["bad", "good"])))
    bad, good
    >>> print(show_labels(read_words(["bad", "good"]), {"bad": "It broke."}))
    <BLANKLINE>
    - bad: It broke.
    - good
    """
    told = check_by_label(descriptions, words.classes, "descriptions")
    if not told:
        return ", ".join(words.names)
    lines = (
        f"- {name}: {told[label]}" if told.get(label) else f"- {name}"
        for name, label in zip(words.names, words.classes, strict=True)
    )
    return "\n" + "\n".join(lines)


def read_label_names(y: LabelNames | None, classes: Sequence[str] | None = None) -> np.ndarray:
    """Return the existing labels.

    Parameters
    ----------
    y : list of str, list of lists of str, or indicator of shape (n, k)
    classes : sequence of str, optional
        Names of an indicator's columns.

    Returns
    -------
    ndarray of shape (k,), str
        Sorted; those of an indicator in the order of its columns.

    Raises
    ------
    InputError
        If there are none, some are not texts, or columns have no names.

    Examples
    --------
    >>> read_label_names([["speed"], [], ["price", "speed"]]).tolist()
    ['price', 'speed']
    >>> read_label_names(np.array([[0, 1]]), ["speed", "price"]).tolist()
    ['speed', 'price']
    """
    names = list(y.columns) if isinstance(y, pd.DataFrame) else classes
    shape = np.shape(y) if isinstance(y, np.ndarray | pd.DataFrame) else ()
    if len(shape) == 2:
        return _column_names(names, shape[1])
    if y is None or isinstance(y, str):
        return read_classes(y)[1]
    nested = any(_is_list(one) for one in y)
    if nested and not all(_is_list(one) for one in y):
        raise InputError("Expected a list of labels for each text, got some without. Wrap them.")
    return read_classes([label for one in y for label in one] if nested else y)[1]


def _column_names(names: Sequence[str] | None, k: int) -> np.ndarray:
    if names is None or len(names) != k:
        raise InputError(
            f"Expected a name for each of {k} columns of y, got {names!r:.100}. Pass classes=, or "
            "a frame with the labels as columns."
        )
    labels, classes = read_classes(list(names))
    if len(classes) != k:
        raise InputError(f"Expected columns of y with different names, got {names!r:.100}.")
    return labels


def _is_list(one: object) -> bool:
    return isinstance(one, list | tuple | set | frozenset | np.ndarray)
