"""Labels by several annotators: one label a row, and how far to trust whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from keraswrap._data import align
from keraswrap._wording import counted
from keraswrap.issues._probabilities import check_proba
from keraswrap.issues.annotators._agreement import (
    count_votes,
    krippendorff_alpha,
    majority_vote,
    mutual_agreement,
)
from keraswrap.issues.annotators._annotations import Annotations, read_annotations
from keraswrap.issues.annotators._crowdlab import CrowdEstimates, estimate_crowd
from keraswrap.issues.annotators._long_tables import pivot_labels

__all__ = ["Consensus", "find_consensus"]


@dataclass(frozen=True, eq=False)
class Consensus:
    """The consensus of several annotators for each row, and the quality of each annotator.

    Parameters
    ----------
    row_ids : ndarray of shape (n,)
        The index of a DataFrame, else 0 to n - 1.
    classes : ndarray of shape (k,)
        Sorted.
    codes : ndarray of shape (n,), int
        Index of each row's consensus label in `classes`; -1 for rows without a label.
    quality : ndarray of shape (n,)
        In [0, 1]; the lower, the more likely the consensus is wrong. NaN for
        rows without a label.
    agreement : ndarray of shape (n,)
        Share of the row's labels that equal the consensus.
    n_labels : ndarray of shape (n,), int
        Number of labels of each row.
    scores : ndarray of shape (n,)
        In [0, 1]; the lower, the more another label would help.
    alpha : float
        Krippendorff's alpha of all labels: 1 for perfect agreement, 0 for chance level;
        NaN if undefined.
    annotators : DataFrame
        One row per annotator: ``quality`` in [0, 1], ``n_labels``, ``n_shared`` (labels
        of rows that others labeled too), ``agreement`` (share of labels that equal the
        consensus), ``agreement_with_others`` (share of others' labels that are equal),
        ``worst_class`` (the consensus label missed most often; None if none was
        missed).
    method : {'crowdlab', 'single', 'majority'}
        Method of the consensus: cleanlab's CROWDLAB, the only label of each row, or
        majority vote.
    notes : tuple of str
        What to know before trusting the numbers.

    Examples
    --------
    >>> found = find_consensus([["a", "a", "b"], ["b", "b", None], ["a", None, None]])
    >>> found.labels.tolist()
    ['a', 'b', 'a']
    """

    row_ids: np.ndarray
    classes: np.ndarray
    codes: np.ndarray
    quality: np.ndarray
    agreement: np.ndarray
    n_labels: np.ndarray
    scores: np.ndarray
    alpha: float
    annotators: pd.DataFrame
    method: str
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        return (
            f"Consensus({counted(len(self), 'row')}, {counted(len(self.annotators), 'annotator')}, "
            f"alpha={self.alpha:.2f}, by {self.method})"
        )

    @property
    def labels(self) -> np.ndarray:
        """Consensus labels of shape (n,); with None, as objects, for rows without a label."""
        if self.labeled.all():
            return self.classes[self.codes]
        labels = np.full(len(self), None, dtype=object)
        labels[self.labeled] = self.classes[self.codes[self.labeled]]
        return labels

    @property
    def labeled(self) -> np.ndarray:
        """Whether each row has a label, of shape (n,)."""
        return self.codes >= 0

    def to_y(self) -> pd.Series:
        """Return the consensus of the labeled rows, as y for `find_label_issues`.

        Returns
        -------
        Series
            Indexed by the rows' ids. To select the same rows of X: ``X.loc[y.index]``
            for a DataFrame, ``X[consensus.labeled]`` for an array.
        """
        rows = self.labeled
        index = pd.Index(self.row_ids[rows], name="row_id")
        return pd.Series(self.classes[self.codes[rows]], index=index, name="label")

    def ranking(self) -> np.ndarray:
        """Return the positions of all rows, those most worth another label first.

        Returns
        -------
        ndarray of shape (n,), int
        """
        return np.argsort(self.scores, kind="stable")

    def worst(self, n: int = 10) -> pd.DataFrame:
        """Return the rows most worth another label, as `to_frame` does.

        Parameters
        ----------
        n : int, default=10
            Maximum number of rows.

        Returns
        -------
        DataFrame of shape (n, ...)
            With the columns of `to_frame`, the worst row first.
        """
        return self.to_frame().iloc[self.ranking()[:n]]

    def to_frame(self) -> pd.DataFrame:
        """Return a DataFrame in the order of the rows, indexed by their ids.

        Returns
        -------
        DataFrame
            Columns ``consensus_label``, ``quality``, ``agreement``,
            ``n_labels`` and ``score``.
        """
        columns = {
            "consensus_label": self.labels,
            "quality": self.quality,
            "agreement": self.agreement,
            "n_labels": self.n_labels,
            "score": self.scores,
        }
        return pd.DataFrame(columns, index=pd.Index(self.row_ids, name="row_id"))


def find_consensus(
    table: object,
    proba: object = None,
    *,
    classes: object = None,
    long: Sequence[str] | None = None,
) -> Consensus:
    """Find one label for each row of a table of annotators' labels.

    With probabilities, it uses CROWDLAB, which weights the annotators and the model by
    how often they agree; without, it takes a majority vote.

    Parameters
    ----------
    table : DataFrame or array-like of shape (n, m)
        One row per example and one column per annotator, with labels of one kind. None,
        NaN, NA and empty texts mean that there is no label. Index and column names are
        kept. With `long`, one row per label.
    proba : array-like of shape (n, k), optional
        Out-of-sample probabilities of a model. A DataFrame whose index is that of
        `table` in another order is reordered to match `table`. With `long`, one row per
        item, in order of first appearance.
    classes : array-like of shape (k,), optional
        Classes of the columns of `proba`, ascending. By default the existing labels, or
        0 to k - 1.
    long : (str, str, str), optional
        The columns of a DataFrame that hold the item, the annotator and the label, if
        it has one row per label.

    Returns
    -------
    Consensus

    Raises
    ------
    InputError
        If the table is invalid or has no labels, if labels are of mixed kinds, if an
        annotator gave an item several labels, or if `proba` is invalid or does not
        match.

    Notes
    -----
    With `proba`: Goh, Tkachenko and Mueller (2022), "CROWDLAB", and Goh and
    Mueller (2023), "ActiveLab", as cleanlab computes them. If no row has two labels,
    quality is the probability of the label. Without `proba`: quality is the agreement;
    the score is ActiveLab's with no model and annotators of equal weight, (n_labels *
    agreement + 1 / k) / (n_labels + 1); an annotator's quality is the agreement with
    the others.

    Examples
    --------
    >>> table = pd.DataFrame({"ann": ["yes", "no", "no"], "bob": ["yes", "no", "yes"]})
    >>> find_consensus(table).annotators["agreement_with_others"].round(2).to_dict()
    {'ann': 0.67, 'bob': 0.67}
    """
    table, proba = align({"table": table, "proba": proba}).values()
    table = table if long is None else pivot_labels(table, long)
    given = read_annotations(table, proba, classes)
    codes, classes = given.codes, given.classes
    votes = count_votes(codes, len(classes))
    if proba is None or len(classes) < 2:
        found = _vote(codes, votes)
    else:
        found = estimate_crowd(codes, check_proba(proba))
    n_labels = votes.sum(axis=1)
    return Consensus(
        row_ids=given.row_ids,
        classes=classes,
        codes=found.codes,
        quality=found.quality,
        agreement=_agreement(found.codes, votes),
        n_labels=n_labels,
        scores=found.scores,
        alpha=krippendorff_alpha(votes),
        annotators=_describe(codes, votes, found, given.names, classes),
        method=found.method,
        notes=tuple(_notes(given, votes, found.codes)),
    )


def _vote(codes: np.ndarray, votes: np.ndarray) -> CrowdEstimates:
    found, n_labels = majority_vote(codes, votes), votes.sum(axis=1)
    most, k = votes.max(axis=1), votes.shape[1]
    return CrowdEstimates(
        codes=found,
        quality=_agreement(found, votes),
        annotator_quality=mutual_agreement(codes, votes),
        scores=(most + 1 / k) / (n_labels + 1),
        method="majority",
    )


def _agreement(found: np.ndarray, votes: np.ndarray) -> np.ndarray:
    given = votes.sum(axis=1)
    own = np.take_along_axis(votes, np.maximum(found, 0)[:, None], axis=1)[:, 0]
    return np.where(given > 0, own / np.maximum(given, 1), np.nan)


def _describe(
    codes: np.ndarray,
    votes: np.ndarray,
    found: CrowdEstimates,
    names: pd.Index,
    classes: np.ndarray,
) -> pd.DataFrame:
    there = codes >= 0
    n_labels = there.sum(axis=0)
    hits = (there & (codes == found.codes[:, None])).sum(axis=0)
    columns = {
        "quality": found.annotator_quality,
        "n_labels": n_labels,
        "n_shared": (there & (votes.sum(axis=1) > 1)[:, None]).sum(axis=0),
        "agreement": np.where(n_labels > 0, hits / np.maximum(n_labels, 1), np.nan),
        "agreement_with_others": mutual_agreement(codes, votes),
        "worst_class": pd.Series(_worst(codes, found.codes, classes), index=names, dtype=object),
    }
    return pd.DataFrame(columns, index=names)


def _worst(codes: np.ndarray, found: np.ndarray, classes: np.ndarray) -> np.ndarray:
    worst = np.full(codes.shape[1], None, dtype=object)
    for annotator, column in enumerate(codes.T):
        missed = found[(column >= 0) & (column != found)]
        if len(missed):
            worst[annotator] = classes.tolist()[np.bincount(missed).argmax()]
    return worst


def _notes(given: Annotations, votes: np.ndarray, found: np.ndarray) -> list[str]:
    there = given.codes >= 0
    shared = (there & (votes.sum(axis=1) > 1)[:, None]).any(axis=0)
    silent = given.names[~there.any(axis=0)].tolist()
    alone = given.names[there.any(axis=0) & ~shared].tolist()
    unused = votes.any(axis=0) & ~np.isin(np.arange(len(given.classes)), found)
    tied = (votes == votes.max(axis=1, keepdims=True)).sum(axis=1) > 1
    ties, empty = int((tied & (found >= 0)).sum()), int((found < 0).sum())
    notes = {
        f"Rows without a label, and so without a consensus: {empty}.": empty,
        f"Rows with as many votes for one class as for another: {ties}.": ties,
        f"Annotators without a label: {silent}.": silent,
        "Annotators who share no row with another, so that nothing tells how good they are: "
        f"{alone}.": alone,
        "Classes that an annotator named and that are the consensus of no row: "
        f"{given.classes[unused].tolist()}.": unused.any(),
    }
    return [note for note, holds in notes.items() if holds]
