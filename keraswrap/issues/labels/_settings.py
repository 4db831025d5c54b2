"""Hold the settings for finding label issues, checked before any work. Pure."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keraswrap.exceptions import ParameterError
from keraswrap.issues.labels._copies import check_copies
from keraswrap.issues.labels._scores import check_score
from keraswrap.issues.labels._views import check_views

FILTERS = (
    "posterior",
    *("prune_by_noise_rate", "prune_by_class", "both", "confident_learning"),
    *("predicted_neq_given", "low_normalized_margin", "low_self_confidence"),
)


@dataclass(frozen=True)
class LabelIssueSettings:
    """How `find_label_issues` looks for wrong labels.

    Use one object if several searches should use the same settings; for a single
    search, pass them to `find_label_issues` by keyword.

    Parameters
    ----------
    cv : int or splitter, default=5
        Folds; a number means shuffled stratified folds, which keep groups together.
    n_repeats : int, default=1
        How often to cross-validate, with different folds each time. From 2 on, the
        scores ``ensemble`` and ``agreement`` are available.
    dynamics : bool, default=False
        Whether to predict held-out rows after several epochs of each fit, for the score
        ``dynamics``; only for wrappers that train for epochs.
    copies : {"together", "apart"} or ndarray of shape (n,), default="together"
        Whether copies of a row stay in one fold, like groups. Otherwise a wrong label
        that occurs several times trains the fit that judges it, and is not found.
        Copies are texts that are identical or nearly so, and rows with equal values;
        see `find_copies`. They are split if they outnumber the rows of a fold, or if a
        fit would lack a class. If `cv` is a splitter, it decides. ``"apart"`` does not
        look for copies. What `find_copies` returned for these rows may be passed, so
        that several searches look for them once.
    score : str, default="auto"
        Score that ranks the rows: one of `SCORES`, ``"ensemble"`` or ``"dynamics"``.
        ``"auto"`` is the probability of the label, corrected for errors by class if the
        labels speak for such; see `score_labels`.
    filter_by : str, default="posterior"
        Which labels count as issues: one of cleanlab's methods, or ``"posterior"``,
        those more likely wrong than right according to the score of that name.
    out_of_sample : bool, optional
        Whether given probabilities come from fits that have not seen the row. If
        unspecified, the result says so; False is refused.
    random_state : int, default=0
        Seed of the folds.
    n_jobs : int, optional
        Worker processes for the fits.
    journal : str or path-like, optional
        File in which each finished fit is recorded.
    progress : bool, optional
        Whether to show a progress bar; by default on a terminal and in a notebook.
    views : {"fast", "auto", "thorough"} or list, optional
        Several views of the rows, weighed together; the estimator or probabilities that
        are passed, if any, are one more. A set of `make_views`, or a list of `View`,
        classifiers, out-of-sample probabilities and names of ready-made views. By
        default the estimator alone.

    Raises
    ------
    ParameterError
        If a score or filter is unknown, or settings contradict each other.

    Examples
    --------
    >>> LabelIssueSettings(cv=10, score="self_confidence").n_repeats
    1
    """

    cv: object = 5
    n_repeats: int = 1
    dynamics: bool = False
    copies: str | np.ndarray = "together"
    score: str = "auto"
    filter_by: str = "posterior"
    out_of_sample: bool | None = None
    random_state: int = 0
    n_jobs: int | None = None
    journal: str | os.PathLike[str] | None = None
    progress: bool | None = None
    views: str | Sequence[object] | None = None

    def __post_init__(self) -> None:
        check_score(self.score)
        if self.filter_by not in FILTERS:
            raise ParameterError(
                f"Expected filter_by to be one of {', '.join(FILTERS)}, got {self.filter_by!r}."
            )
        check_copies(self.copies)
        if isinstance(self.n_repeats, bool) or int(self.n_repeats) != self.n_repeats:
            raise ParameterError(f"Expected n_repeats to be a whole number, got {self.n_repeats}.")
        if self.n_repeats < 1 or (self.score == "ensemble" and self.n_repeats < 2):
            raise ParameterError(
                "Expected n_repeats ≥ 1, and ≥ 2 for the score 'ensemble', got "
                f"{self.n_repeats}. It says how often to cross-validate."
            )
        if self.score == "dynamics" and not self.dynamics:
            raise ParameterError(
                "Expected dynamics=True with the score 'dynamics', got False. That score looks at "
                "held-out rows during training."
            )
        check_views(self.views)
        if self.views is not None and self.dynamics:
            raise ParameterError(
                "Expected dynamics=False with views, got True. Views are not looked at between "
                "epochs: pass the net alone."
            )
        if self.n_repeats > 1 and not self.takes_folds:
            raise ParameterError(
                f"Expected a number of folds as cv where n_repeats > 1, got {self.cv!r}. A "
                "splitter may repeat itself, such as RepeatedStratifiedKFold."
            )

    @property
    def takes_folds(self) -> bool:
        """Whether `cv` is a number of folds rather than a splitter."""
        return isinstance(self.cv, int | np.integer) and not isinstance(self.cv, bool)

    def check_no_fits(self, what: str) -> None:
        """Raise ParameterError if settings need further fits and there are none.

        Parameters
        ----------
        what : str
            What came instead of an estimator, for the message.
        """
        if self.n_repeats > 1 or self.dynamics:
            raise ParameterError(
                f"Expected an estimator where n_repeats > 1 or dynamics=True, got {what}. They "
                "need fits of their own."
            )
