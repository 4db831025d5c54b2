"""A fitted classifier watched: is what comes in, and what it says of it, as it was."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from keraswrap._versions import find_version
from keraswrap._wording import counted
from keraswrap.drift import _inputs as inputs
from keraswrap.drift._compare import Comparison, Effort, Labeled, compare
from keraswrap.drift._reasons import explain
from keraswrap.drift._reference import Reference, Sketch, known_words, sketch
from keraswrap.drift._report import DriftReport
from keraswrap.drift._results import DriftRow, Statement
from keraswrap.drift._rows import Rows, read_rows, show_rows
from keraswrap.drift._verdict import STATEMENTS, correct, decide
from keraswrap.exceptions import InputError

if TYPE_CHECKING:
    from typing import Self

__all__ = ["DriftMonitor"]

_PACKAGES = ("keraswrap", "scikit-learn", "numpy", "scipy")


class DriftMonitor(BaseEstimator):
    """Watch a fitted classifier: have inputs or shares moved, does it fail.

    Its three statements are kept apart, since each calls for something else: new inputs
    for a look, new shares for other thresholds, a failing model for labels and training.
    Where labels are needed to tell, it says so.

    Parameters
    ----------
    estimator : classifier with predict_proba
        Fitted; used as it is. None if probabilities are passed wherever they are needed.
    encoder : "words", None, str, or transformer, default="words"
        What new texts are told from old ones by: ``"words"``, their frequencies, takes no
        model; a fitted object with ``transform``, such as a `TextEmbedder`; or the name of
        a checkpoint for one. Of other rows too, if it is a transformer. None for plain
        facts alone. Vectors that are there already are passed to `fit` and `check`.
    alpha : float in (0, 0.5], default=0.05
        Probability that any statement says yes though nothing has changed, over all
        `n_checks` together.
    n_checks : int, default=1
        Checks that will be made with this reference: each has the level ``alpha /
        n_checks``. 52 for a check a week for a year.
    max_rows : int, default=5000
        Rows compared, at most: of the reference, which are kept, and of new rows; drawn
        at random if there are more. Labels of all new rows are used.
    n_bootstrap : int, default=200
        Samples for intervals of shares and expected accuracy.
    n_look : int, default=20
        Rows to look at, and rows to label at random, in a report.
    random_state : int, default=0
        The same seed gives the same report.

    Attributes
    ----------
    reference_ : Reference
        What is kept of the reference: probabilities, labels, vectors and facts, of texts
        also hashes of their words; no text.
    classes_ : ndarray of shape (k,)
    n_reference_ : int
        Reference rows kept.

    See Also
    --------
    DriftReport : What a check returns.

    Notes
    -----
    The reference must be rows that the model was *not* trained on. On rows that it has
    seen it is surer, and right more often, than on any others, so that every check would
    find a fall. Probabilities from cross-validation are no way out: they come from other
    models, each fitted on fewer rows. Hold some rows out before training, or label some
    of the first ones in use.

    All tests are permutation tests, exact for rows that are exchangeable if nothing
    changed: independent, in no order, copies and rows of one person aside. That
    includes the reference's own draw, so for a fixed reference the alarms of several
    checks come together.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.preprocessing import StandardScaler
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X = StandardScaler().fit_transform(X)
    >>> clf = LogisticRegression().fit(X[:200], y[:200])
    >>> monitor = DriftMonitor(clf).fit(X[200:400], y[200:400])
    >>> monitor.check(X[400:] + 1.0).inputs_moved.answer
    'yes'
    """

    def __init__(
        self,
        estimator: Any,
        *,
        encoder: Any = "words",
        alpha: float = 0.05,
        n_checks: int = 1,
        max_rows: int = 5000,
        n_bootstrap: int = 200,
        n_look: int = 20,
        random_state: int = 0,
    ) -> None:
        self.estimator = estimator
        self.encoder = encoder
        self.alpha = alpha
        self.n_checks = n_checks
        self.max_rows = max_rows
        self.n_bootstrap = n_bootstrap
        self.n_look = n_look
        self.random_state = random_state

    def fit(
        self,
        X: object,
        y: object,
        *,
        vectors: ArrayLike | None = None,
        proba: ArrayLike | None = None,
        classes: ArrayLike | None = None,
    ) -> Self:
        """Keep what new rows will be compared with.

        Parameters
        ----------
        X : texts, DataFrame, or array-like
            At least 30 rows that the model was not trained on, drawn as new ones will be
            if nothing changes.
        y : array-like of shape (n,)
        vectors : array-like of shape (n, d), optional
            Vectors of the rows, instead of an encoder's; pass them to `check` too.
        proba : array-like of shape (n, k), optional
            The model's probabilities, if they are there already.
        classes : array-like of shape (k,), optional
            The class of each column, where there is no `estimator`.

        Returns
        -------
        self

        Raises
        ------
        InputError
            If rows are too few, labels missing or not of the classes, the model has no
            probabilities, or vectors or probabilities are not finite or of another shape.
        ParameterError
            If a parameter is invalid.

        Warns
        -----
        InSampleWarning
            If the model looks as if it had seen the rows.
        """
        self._check_parameters()
        rows = read_rows(X)
        self._find_classes(proba, classes)
        labels = inputs.read_labels(y, len(rows), missing=False)
        codes = inputs.encode_labels(labels, self.classes_)
        if len(rows) < inputs.FEWEST:
            raise InputError(
                f"Expected at least {inputs.FEWEST} reference rows, got {len(rows)}. A few hundred "
                "show most changes."
            )
        inputs.check_several(codes, self.classes_)
        order = np.random.default_rng([self.random_state, 0]).permutation(len(rows))
        kept, rest = order[: self.max_rows], order[self.max_rows :]
        said = self._proba(rows, kept, proba)
        inputs.warn_if_seen(said, codes[kept])
        found = sketch(rows.take(kept), said, self._vectors(rows, kept, vectors, None))
        self._keep(rows, found, np.where(codes == len(self.classes_), -1, codes)[kept], rest)
        return self

    def _keep(self, rows: Rows, found: Sketch, codes: np.ndarray, rest: np.ndarray) -> None:
        """Keep the reference; half of it, and all rows beyond it, tell which words are known."""
        compared = np.arange(len(found)) < (len(found) + 1) // 2
        known = None
        if found.counts is not None:
            known = known_words(found.counts[~compared])
            if len(rest):
                known |= known_words(sketch_words(rows, rest))
        self.reference_ = Reference(found, codes, self.classes_, known, compared, len(rows))
        self.n_reference_ = len(found)

    def check(
        self,
        X_new: object,
        y_new: object = None,
        *,
        vectors: ArrayLike | None = None,
        proba: ArrayLike | None = None,
    ) -> DriftReport:
        """Compare new rows with the reference.

        Parameters
        ----------
        X_new : texts, DataFrame, or array-like
            Of the reference's kind and columns.
        y_new : array-like of shape (m,), optional
            Labels, None (or NaN) for rows without one. Accuracy is that of the labeled
            rows, so they must have been drawn at random: not those that looked wrong.
        vectors : array-like of shape (m, d), optional
            As in `fit`.
        proba : array-like of shape (m, k), optional
            The model's probabilities, as a server has them already.

        Returns
        -------
        DriftReport

        Raises
        ------
        InputError
            If there are no rows, other columns or another kind, or labels, vectors or
            probabilities do not fit.
        NotFittedError
            Before `fit`.
        """
        check_is_fitted(self, "reference_")
        self._check_parameters()
        rows = read_rows(X_new, self.reference_.sketch.kind)
        inputs.check_like(rows, self.reference_.sketch)
        given = [None] * len(rows) if y_new is None else y_new
        labels = inputs.read_labels(given, len(rows), missing=True)
        labeled = np.flatnonzero([label is not None for label in labels])
        codes = inputs.encode_labels(labels[labeled], self.classes_)
        order = np.random.default_rng([self.random_state, 1]).permutation(len(rows))
        chosen = np.sort(order[: self.max_rows])
        both = np.union1d(chosen, labeled)
        said = self._proba(rows, both, proba)
        compared = said[np.searchsorted(both, chosen)]
        right = said[np.searchsorted(both, labeled)].argmax(axis=1) == codes
        found = sketch(
            rows.take(chosen),
            compared,
            self._vectors(rows, chosen, vectors, self.reference_.sketch.vectors),
        )
        level, words = self.alpha / self.n_checks, self.encoder is not None
        effort = Effort(level, self.n_bootstrap, self.random_state, words)
        # Threads of BLAS wait for each other actively: beside a busy server, which takes their
        # cores, a check took seven times as long with two as with one.
        with threadpool_limits(1, "blas"):
            result = compare(self.reference_, found, Labeled(codes, right), effort)
        notes = self._notes(labels[labeled], codes)
        return self._report(rows, chosen, compared, result, notes)

    def _report(
        self,
        rows: Rows,
        chosen: np.ndarray,
        proba: np.ndarray,
        result: Comparison,
        notes: tuple[str, ...],
    ) -> DriftReport:
        alpha, count = self.alpha / self.n_checks, result.accuracy.n_labeled
        found = correct(result.tests)
        answers = decide(found, alpha, n_new=len(rows), n_labeled=count, mixed=result.mixed)
        reasons = explain(answers, found, result, alpha)
        said = {
            name: Statement(
                name, answers[name], reasons[name], found[name].p_value, found[name].adjusted_p
            )
            for name in STATEMENTS
        }
        worst = np.argsort(-result.newness * (1 - proba.max(axis=1)), kind="stable")
        some = np.random.default_rng([self.random_state, 2]).permutation(len(chosen))
        show = [
            self._show(rows, chosen, proba, result.newness, part[: self.n_look])
            for part in (worst, np.sort(some[: self.n_look]))
        ]
        return DriftReport(
            **said,
            tests=tuple(test for name in STATEMENTS for test in found[name].tests),
            facts=result.facts,
            shares=result.shares,
            accuracy=result.accuracy,
            mixture_p=result.mixed,
            rows=show[0],
            random_rows=show[1],
            n_reference=self.n_reference_,
            n_new=len(rows),
            n_compared=len(chosen),
            alpha=self.alpha,
            n_checks=self.n_checks,
            seed=self.random_state,
            notes=notes,
            versions={name: version for name in _PACKAGES if (version := find_version(name))},
        )

    def _show(
        self,
        rows: Rows,
        chosen: np.ndarray,
        proba: np.ndarray,
        newness: np.ndarray,
        part: np.ndarray,
    ) -> tuple[DriftRow, ...]:
        texts = show_rows(rows.take(chosen[part]))
        return tuple(
            DriftRow(
                int(chosen[row]),
                text,
                self.classes_[[proba[row].argmax()]].tolist()[0],
                float(proba[row].max()),
                float(newness[row]),
            )
            for row, text in zip(part, texts, strict=True)
        )

    def _notes(self, labels: np.ndarray, codes: np.ndarray) -> tuple[str, ...]:
        notes = []
        if len(labels):
            notes.append("Labels count as drawn at random from the new rows.")
        unknown = sorted({str(label) for label in labels[codes == len(self.classes_)]})
        if unknown:
            count = counted(int((codes == len(self.classes_)).sum()), "label")
            notes.append(f"{count} of no class of the model, counted as wrong: {unknown[:5]}.")
        return tuple(notes)

    def _check_parameters(self) -> None:
        inputs.check_level(self.alpha, "alpha")
        least = {"n_checks": 1, "max_rows": inputs.FEWEST, "n_bootstrap": 20, "n_look": 0}
        for name, fewest in {**least, "random_state": 0}.items():
            inputs.check_count(getattr(self, name), name, fewest)

    def _find_classes(self, proba: object, classes: ArrayLike | None) -> None:
        if self.estimator is not None:
            self.classes_ = inputs.check_classifier(self.estimator)
            return
        if proba is None or classes is None:
            raise InputError(
                "Expected a fitted classifier as estimator, or proba= and classes=, got None."
            )
        self.classes_ = np.asarray(classes)

    def _proba(self, rows: Rows, part: np.ndarray, given: ArrayLike | None) -> np.ndarray:
        if given is not None:
            return inputs.read_proba(given, len(rows), len(self.classes_))[part]
        if self.estimator is None:
            raise InputError("Expected proba= for a monitor without an estimator, got None.")
        whole = len(part) == len(rows) and (part == np.arange(len(rows))).all()
        said = self.estimator.predict_proba(rows.X if whole else rows.take(part).X)
        return inputs.read_proba(said, len(part), len(self.classes_))

    def _vectors(
        self, rows: Rows, part: np.ndarray, given: ArrayLike | None, old: np.ndarray | None
    ) -> np.ndarray | None:
        width = None if old is None else old.shape[1]
        if given is not None:
            return inputs.read_vectors(given, len(rows), width)[part]
        encoder = _find_encoder(self.encoder, rows.kind)
        if encoder is not None:
            return inputs.read_vectors(encoder.transform(rows.take(part).X), len(part), width)
        if width is not None:
            raise InputError("Expected vectors= of the new rows, as in fit, got None.")
        return None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the monitor to one file, whole or not at all; the model is not in it.

        Parameters
        ----------
        path : str or path-like

        Raises
        ------
        InputError
            If labels are of a kind that cannot be saved.
        StorageError
            If the file cannot be written.
        """
        from keraswrap.drift._files import save

        check_is_fitted(self, "reference_")
        save(self, path)

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], estimator: Any = None, **params: object
    ) -> DriftMonitor:
        """Read a monitor, without running code.

        Parameters
        ----------
        path : path
        estimator : classifier, optional
            The model that is watched. None if probabilities are passed to `check`.
        **params : object
            Parameters to change, and `encoder` if it was an object.

        Raises
        ------
        SavedFileError
            If the file is corrupt, no monitor, or from a newer version.
        InputError
            If the estimator has other classes.
        """
        from keraswrap.drift._files import load

        return load(cls, path, estimator, params)


def sketch_words(rows: Rows, part: np.ndarray) -> Any:
    """Return the words of some rows, by their hashes."""
    from keraswrap.drift._texts import word_counts

    assert rows.texts is not None
    return word_counts([rows.texts[row] for row in part])


def _find_encoder(encoder: Any, kind: str) -> Any:
    """Return what makes vectors of the rows; None for words, facts and columns alone."""
    if encoder is None or (isinstance(encoder, str) and encoder == "words"):
        return None
    if isinstance(encoder, str | os.PathLike):
        if kind != "texts":
            return None
        from keraswrap.text import TextEmbedder

        return TextEmbedder(encoder, empty="allow").fit(["text"])
    if not hasattr(encoder, "transform"):
        raise InputError(
            f"Expected encoder as 'words', None, a checkpoint or an object with transform, got "
            f"{type(encoder).__name__}."
        )
    return encoder
