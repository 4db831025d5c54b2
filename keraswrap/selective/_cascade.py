"""A classifier of several stages: the cheap one first, the dear one where it is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import Tags, get_tags
from sklearn.utils.metaestimators import _BaseComposition

from keraswrap._data import check_order
from keraswrap.selective._cascade_learning import Learned, learn, prepare
from keraswrap.selective._cascade_predictions import StagedClassifier
from keraswrap.selective._cascade_stages import Stages
from keraswrap.selective._labeled_rows import open_labeled

if TYPE_CHECKING:
    from typing import Self

__all__ = ["CascadeClassifier"]


class CascadeClassifier(StagedClassifier, _BaseComposition):
    """Ask a cheap classifier first, and dearer ones only about rows that are still open.

    Most rows are easy. A stage answers the rows that it is sure enough of and hands the
    others on: from words to a frozen encoder, to a fine-tuned one, to a language model.
    How sure is enough is learned for all stages together, so that one promise holds for
    all answers, at the lowest cost.

    Parameters
    ----------
    stages : list of (str, classifier)
        From the cheapest to the dearest; each has predict_proba and takes the same rows.
        Rows whose probabilities are NaN have no answer. Parameters of a stage are reached
        by its name, as ``words__C``. A FrozenEstimator is used as it is.
    target_error : float in (0, 1) or "last", default=0.05
        What is promised. A number: at most this share of the answers is wrong, and rows that
        no stage is sure enough of get None. ``"last"``: every row is answered, by the last
        stage if need be, and the error is at most `margin` above that of the last stage
        alone.
    confidence : float in (0, 1), default=0.9
        Probability, over draws of the rows in `fit`, that the promise holds.
    margin : float in (0, 1), default=0.01
        How much larger the error may be with ``target_error="last"``; otherwise not used.
    costs : dict or array-like of float, shape (s,), optional
        Cost of asking each stage about a row, ≥ 0, in any unit: in the order of the stages,
        or by name (names in the index of a Series count). By default, what language models
        ask for by their prices, or if there are no prices, measured wall seconds of
        predicting a row in the slowest fold.
    unanswered_cost : float, optional
        Cost of a row that nobody answers, such as that of a person who reads it; by default
        ten times that of all stages together. The higher, the more rows are answered, and
        the more often by dear stages: pass it where one stage is much dearer than the
        others. Not used with ``target_error="last"``.
    cv : int, splitter, iterable of (train, test) or "prefit", optional
        Folds that all stages share; by default 5 stratified ones. ``"prefit"``: `fit` finds
        thresholds only, on rows that the fitted stages have not seen.
    rank_by : {"max_proba", "margin", "entropy"} or callable, default="max_proba"
        How sure a stage is of a row, as for :class:`SelectiveClassifier`.
    abstain_label : str or number, optional
        What `predict` returns instead of None; none of the classes. Metrics of
        scikit-learn, as ``scoring="accuracy"``, need one of the classes' type;
        `coverage_score` and `selective_accuracy_score` also take None.
    random_state : int, default=0
        Which rows the promise is tested on.
    n_jobs : int, optional
        Worker processes for the fits of the folds.

    Attributes
    ----------
    stages_ : list of (str, classifier)
        Fitted on all rows.
    thresholds_ : ndarray of shape (s,)
        A stage answers rows with this score or a higher one; inf for a stage that is not
        asked, -inf for a last one that answers all rows.
    costs_ : ndarray of shape (s,)
        Cost of asking each stage about a row.
    cost_unit_ : {"given", "price", "seconds"}
        Where `costs_` come from. With prices, stages without any cost 0.
    cost_ : float
        Expected cost of a row.
    coverage_ : float in [0, 1]
        Expected share of rows that are answered.
    stage_shares_ : ndarray of shape (s,)
        Expected share of rows that each stage answers.
    error_bound_ : float
        Upper bound of what is promised: the share of wrong answers or, with ``"last"``, how
        much the error is above that of the last stage. NaN if nothing can be promised.
    calibration_ : CascadeThresholds
        All that is known of the thresholds.
    classes_ : ndarray of shape (k,)
    n_features_in_ : int
        If the first stage has it.
    feature_names_in_ : ndarray of str
        If the first stage has them.

    Warns
    -----
    UserWarning
        If no cascade can be promised to be right often enough, with the number of rows that
        would do: `predict` then returns None for all rows or, with ``"last"``, asks the last
        stage about all. If a stage has no answer for any row.

    See Also
    --------
    SelectiveClassifier : One stage.
    find_cascade_thresholds : The same for probabilities that are there already.

    Notes
    -----
    A third of the rows in `fit`, at most 2,000, shape a path: thousands of combinations of
    thresholds are compared, by estimated probabilities that each stage is right, and those
    with the lowest cost for their risk are sorted from the safest to the cheapest. The other
    rows test these cascades one by one, each at the full level ``1 - confidence``, up to
    the first that fails; the cheapest that passed is used. As the tested rows did not shape
    the path, a wrong cascade is accepted with probability at most ``1 - confidence``: fixed
    sequence testing within Learn then Test (Angelopoulos et al. 2021, arXiv:2110.01052), on
    the path of Pareto Testing (Laufer-Goldshtein et al. 2023, arXiv:2210.07913). The test of
    an error rate is the exact binomial one; that of ``"last"`` is exact for the trinomial
    counts of rows that only one of the two gets right, maximized over their unknown rate
    (Berger and Boos 1994). Tuning each
    stage by its observed errors instead breaks the promise in most draws. Cascades by
    scores: Chen, Zaharia and Zou (2023), FrugalGPT; with bounds: LOTUS (Patel et al. 2024).

    The promise is about all answers together, for rows drawn as those in `fit`, each
    counted once whatever its weight. It is exact with ``cv="prefit"``; with folds, stages
    are fitted again on all rows, mostly a little better and surer than in the folds. Nothing
    may be chosen by looking at the same rows: calibrate the winner of a search on further
    rows. Rows that belong together need `groups`, and a few groups are few independent rows.

    The slowest fold measures seconds because later ones may find rows in caches. Rows that a
    stage keeps from an earlier run, as vectors or answers on disk, seem all but free, and
    measured seconds differ from fit to fit, and with them, slightly, the thresholds: pass
    `costs` where stages have caches, and for the same result each time.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from keraswrap.selective import CascadeClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> stages = [("bayes", GaussianNB()), ("neighbors", KNeighborsClassifier())]
    >>> clf = CascadeClassifier(stages, costs=[1, 50]).fit(X[::2], y[::2])
    >>> clf.coverage_ > 0.9, clf.cost_ < 51, clf.error_bound_ <= 0.05
    (True, True, True)
    """

    def __init__(
        self,
        stages: Stages,
        *,
        target_error: float | str = 0.05,
        confidence: float = 0.9,
        margin: float = 0.01,
        costs: ArrayLike | Mapping[str, float] | None = None,
        unanswered_cost: float | None = None,
        cv: object = None,
        rank_by: str | Callable[[np.ndarray], object] = "max_proba",
        abstain_label: object = None,
        random_state: int = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.stages = stages
        self.target_error = target_error
        self.confidence = confidence
        self.margin = margin
        self.costs = costs
        self.unanswered_cost = unanswered_cost
        self.cv = cv
        self.rank_by = rank_by
        self.abstain_label = abstain_label
        self.random_state = random_state
        self.n_jobs = n_jobs

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name.

        Parameters
        ----------
        deep : bool, default=True
            Whether to return also the stages by their names, and their parameters.

        Returns
        -------
        dict
        """
        return self._get_params("stages", deep=deep)

    def set_params(self, **params: object) -> Self:
        """Set parameters by name.

        Parameters
        ----------
        **params
            A stage is replaced by its name; its own are ``name__parameter``.

        Returns
        -------
        self
        """
        self._set_params("stages", **params)
        return self

    def fit(
        self,
        X: object,
        y: object = None,
        sample_weight: object = None,
        *,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Learn the thresholds on held-out rows, and fit each stage on all rows.

        Parameters
        ----------
        X : array-like, DataFrame, texts, dict of arrays, or dataset
        y : array-like of shape (n,)
            A dataset may bring its own. A label that fitted stages have never seen counts
            as wrongly predicted.
        sample_weight : array-like of shape (n,), optional
            For the stages whose fit takes weights.
        groups : array-like of shape (n,), optional
            Rows of a group are in one fold, and all tested or none.

        Returns
        -------
        self

        Raises
        ------
        InputError
            If stages are no classifiers with probabilities or have unusable names, fitted
            ones differ in their classes, labels are missing or not as many as rows, or folds
            cannot be made; before any fit.
        ParameterError
            If a parameter has an invalid value, `abstain_label` is a class, or weights are
            passed that no stage takes.
        """
        plan = prepare(self)
        check_order({"X": X, "y": y, "groups": groups})
        self._keep(learn(self, plan, open_labeled(X, y, sample_weight), groups))
        return self

    def _keep(self, learned: Learned) -> None:
        found = learned.found
        self.stages_, self.classes_ = learned.stages, learned.classes
        self.costs_, self.cost_unit_ = learned.costs, learned.unit
        self.calibration_, self.thresholds_ = found, found.thresholds
        self.cost_, self.coverage_ = found.cost, found.coverage
        self.stage_shares_, self.error_bound_ = found.stage_shares, found.error_bound
        self._keep_features(self.stages_[0][1])

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        try:
            of = [get_tags(estimator) for _, estimator in self.stages]
            first = of[0]
        except Exception:  # stages that fit will refuse
            return tags
        tags.input_tags, tags.classifier_tags = first.input_tags, first.classifier_tags
        tags.non_deterministic = any(each.non_deterministic for each in of)
        return tags
