"""A scikit-learn estimator whose pipeline a language model chooses."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils import ClassifierTags, RegressorTags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from keraswrap._validation import unchanged_on_error
from keraswrap.codegen._base import DEFAULT_SCORING, PipelineChooser
from keraswrap.codegen._candidates import leaderboard_of
from keraswrap.codegen._code import versions_here, write_code
from keraswrap.codegen._data import Rows, by_name, read_rows, values_of
from keraswrap.codegen._design import Design, Job, Settings, design
from keraswrap.codegen._inventions import functions_table, tell_functions
from keraswrap.codegen._proposals import add_estimates
from keraswrap.codegen._verdict import baselines_of, verdict_of
from keraswrap.exceptions import InputError, warn_user
from keraswrap.llm._cache import AnswerCache
from keraswrap.llm._protocol import LanguageModel
from keraswrap.llm._query import Account, Estimate

if TYPE_CHECKING:
    from sklearn.utils import Tags

    from keraswrap.codegen._trials import Scorer

__all__ = ["PipelineWriter"]


def _winner_has(name: str):  # type: ignore[no-untyped-def]
    def has(self: PipelineWriter) -> bool:
        check_is_fitted(self)
        getattr(self.best_estimator_, name)  # its own AttributeError says which step lacks it
        return True

    return available_if(has)


class PipelineWriter(PipelineChooser):
    """Let a language model choose a scikit-learn pipeline for a table, and measure what it gains.

    The model writes no code: it fills in a specification, in JSON, of columns to leave out,
    steps, an estimator and its parameters, all out of a fixed list. Each specification is
    built, and scored in cross-validation; the model is told the score, or what went wrong,
    and writes the next one. Beside its candidates, gradient boosting with its defaults and
    as many specifications drawn at random are scored in the same folds, and `verdict_` says
    whether the model added anything.

    Parameters
    ----------
    model : LanguageModel, str or path
        Whom to ask; a str or path is loaded with :func:`~keraswrap.llm.load_model`.
    description : str, default=""
        What the table is about, for the model. At most 4,000 characters are shown.
    scoring : str or callable, optional
        A scorer of scikit-learn, higher is better; by default accuracy, or R² for numbers.
    cv : int, splitter or iterable of splits, default=5
        The folds that score candidates. An int shuffles, and keeps the shares of classes.
    n_candidates : int, default=8
        Specifications to ask for, and to draw at random. Answers that cannot be used count.
    max_cost : float, optional
        What all answers may cost, by the model's prices. At its end the search goes on with
        what it has.
    holdout : float in [0, 1), default=0.2
        Share of rows that are set aside before anything else, and only used to score the
        best pipeline at the end. 0 sets none aside.
    features : {"code"}, optional
        With "code", the model also writes Python functions that compute columns. They are
        only run in a process that the kernel isolates (:class:`CodeFeatures`), which needs
        Linux 6.12 or newer and the extra `codegen`, to fit and to predict.
    n_functions : int, default=5
        Functions to ask for with ``features="code"``. As many more specifications are drawn
        at random.
    task : {"classification", "regression"}, optional
        By default, texts, bools, categories and at most 20 different whole numbers are
        classes.
    time_limit : float or None, default=300
        Seconds that the folds of one candidate may take. They are fitted in child
        processes, which are ended then. With None and one job, they are fitted in this
        process.
    show_rows : int, default=0
        Training rows whose cells the model may see. With 0, no value of a cell is in a
        prompt.
    random_state : int, RandomState or None, default=None
        Determines folds, draws, the model's sampling and the `random_state` of steps;
        None draws a seed, which `seed_` keeps.
    n_jobs : int or None, default=None
        Folds that are fitted at once.
    temperature : float, default=0.8
        As in :class:`~keraswrap.llm.Sampling`. Above 0, it rises while the model repeats
        itself.
    max_tokens : int, default=400
        Maximum length of a specification.
    chat : bool, default=True
        Whether to use the model's chat template.
    cache : str, path or AnswerCache, optional
        A file of answers: they outlive the process, and are not paid for twice.
    progress : bool, optional
        Whether to show a progress bar; by default on a terminal.

    Attributes
    ----------
    best_estimator_ : Pipeline
        The candidate with the best mean score, whoever found it, fitted on all rows, with
        those that were set aside.
    best_score_ : float
        Its mean score in the folds. As the best one of many it looks better than it is.
    best_source_ : {"language model", "defaults", "random search"}
        Who found it.
    best_specification_ : dict or None
        Its specification; None for the defaults.
    holdout_score_ : float or None
        Its score on the rows that were set aside, fitted on the others.
    leaderboard_ : DataFrame
        All candidates, the best one first: candidate, source, score, std, the differences
        to_best and to_defaults with 95% intervals, seconds, error and specification.
    baselines_ : DataFrame
        What the model's best candidate gains over the defaults and the random search.
    verdict_ : str
        Whether the model added anything.
    stopped_ : str or None
        Why the model was asked for fewer than `n_candidates`.
    functions_ : DataFrame
        With ``features="code"``, a row for each function that was asked for: name, about,
        columns, score, gain with its 95% interval, whether it is kept, problem, source.
    columns_ : DataFrame
        How the columns were read, and the numbers by which specifications name them.
    task_ : {"classification", "regression"}
    classes_ : ndarray of shape (k,)
        For classification.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (d,)
        If X has names that are all texts.
    seed_ : int
    cost_ : float
        What the answers cost.
    versions_ : dict of str to str

    See Also
    --------
    keraswrap.datasets.make_synthetic_purchases : A table to try it on.

    Notes
    -----
    What may be specified: numbers are imputed, scaled and multiplied; categories are
    one-hot, ordinal or target encoded; texts become TF-IDF or vectors of
    :class:`~keraswrap.text.TextEmbedder`; then comes one of eight estimators for classes, or
    eight for numbers. `impute` "auto" leaves gaps to an estimator that takes them. Columns of
    dates, empty ones, and those whose values are all equal are not used.

    A prompt holds names, kinds, the number of different values, the share of gaps and,
    rounded to two digits, the 5th and 95th percentile of numbers: of columns and the target
    in the training rows. Errors of scikit-learn can show cells, so the model is only told
    their type. Names are escaped, and specifications refer to columns by number.

    A function is tried on top of the best pipeline so far. It is refused if it fails, if it
    gives a row another number alone than within the table, or if all numbers are equal; and
    kept if the 95% interval of what it gains in the folds is above zero. It sees columns,
    never the target. Its source is text, in pickles and in code: it is run isolated or not
    at all.

    The intervals are paired by fold and widened for the rows that folds share.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from keraswrap.codegen import PipelineWriter
    >>> from keraswrap.llm import FakeLM
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> said = '{"drop": [], "numbers": {"scale": "none", "multiply_pairs": false}, '
    >>> said += '"estimator": {"name": "GaussianNB", "var_smoothing": 1e-09}}'
    >>> model = FakeLM(says=lambda prompt: said)
    >>> writer = PipelineWriter(model, n_candidates=1, time_limit=None, random_state=0)
    >>> writer.fit(X, y).predict(X.head(2))
    array([0, 0])
    >>> writer.best_source_, round(writer.holdout_score_, 2), writer.verdict_.partition(".")[0]
    ('language model', 0.97, 'No gain by the language model is shown')
    """

    # What is learned
    best_estimator_: BaseEstimator
    scorer_: Scorer
    _design: Design
    _numbered: list[object] | None

    def __init__(
        self,
        model: LanguageModel | str | os.PathLike[str],
        description: str = "",
        scoring: str | Scorer | None = None,
        cv: object = 5,
        n_candidates: int = 8,
        max_cost: float | None = None,
        holdout: float = 0.2,
        *,
        features: str | None = None,
        n_functions: int = 5,
        task: str | None = None,
        time_limit: float | None = 300.0,
        show_rows: int = 0,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
        temperature: float = 0.8,
        max_tokens: int = 400,
        chat: bool = True,
        cache: str | os.PathLike[str] | AnswerCache | None = None,
        progress: bool | None = None,
    ) -> None:
        self.model = model
        self.description = description
        self.scoring = scoring
        self.cv = cv
        self.n_candidates = n_candidates
        self.max_cost = max_cost
        self.holdout = holdout
        self.features = features
        self.n_functions = n_functions
        self.task = task
        self.time_limit = time_limit
        self.show_rows = show_rows
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.temperature = temperature
        self.max_tokens = max_tokens
        self.chat = chat
        self.cache = cache
        self.progress = progress

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        task = getattr(self, "task_", self.task)
        if task == "classification":
            tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
        elif task == "regression":
            tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.categorical = True
        tags.target_tags.required = True
        return tags

    def fit(self, X: object, y: object) -> Self:
        """Try what the model proposes, and fit the best pipeline.

        Parameters
        ----------
        X : DataFrame, dict of columns, or array-like of numbers, shape (n, d)
        y : array-like of shape (n,)
            Classes or numbers, without gaps.

        Returns
        -------
        self

        Raises
        ------
        ParameterError, InputTypeError, InputError
            If a parameter, X or y cannot be used, which includes classes with fewer rows
            than folds; or if gradient boosting with its defaults cannot be fitted or scored.
            Nothing was asked then.
        SavedFileError, StorageError
            If the cache cannot be used.
        IsolationError, MissingExtraError
            With ``features="code"``, if this machine cannot isolate a process. Nothing was
            asked then.
        EndpointError
            If the model does not give a first answer. A later failure ends the asking, and
            the search goes on with what it has.

        Warns
        -----
        UserWarning
            If the model was asked less often than `n_candidates`, if none of its answers
            could be used, or if columns cannot be used.
        """
        self._account = Account()  # what was paid is known after an error, too
        with unchanged_on_error(self):
            job, settings, proposer = self._begin(X, y, self._account)
            found = design(job, settings, proposer)
            self._keep(job, settings, found, proposer.account)
        self._tell()
        return self

    def estimate(self, X: object, y: object) -> Estimate:
        """Estimate the calls, tokens and cost of :meth:`fit`, before anything is asked.

        Parameters
        ----------
        X : DataFrame, dict of columns, or array-like of numbers, shape (n, d)
        y : array-like of shape (n,)

        Returns
        -------
        Estimate
            Upper bounds for cost and tokens written. Later prompts also list earlier
            candidates, which is counted as if each took `max_tokens`.
        """
        job, settings, proposer = self._begin(X, y)
        found = proposer.estimate(job.briefing, job.space, settings.n_candidates)
        if not settings.n_functions:
            return found
        first = job.brief_functions().prompt([], None)
        return add_estimates(found, proposer.estimate_functions(first, settings.n_functions))

    def predict(self, X: object) -> np.ndarray:
        """Predict by the best pipeline.

        Parameters
        ----------
        X : DataFrame, dict of columns, or array-like, shape (n, d)
            With the columns of `fit`.

        Returns
        -------
        ndarray of shape (n,)
        """
        rows = self._rows(X)
        return self.best_estimator_.predict(rows)

    @_winner_has("predict_proba")
    def predict_proba(self, X: object) -> np.ndarray:
        """Predict the probability of each class, if the best pipeline can.

        Parameters
        ----------
        X : DataFrame, dict of columns, or array-like, shape (n, d)

        Returns
        -------
        ndarray of shape (n, k)
        """
        rows = self._rows(X)
        return self.best_estimator_.predict_proba(rows)

    @_winner_has("decision_function")
    def decision_function(self, X: object) -> np.ndarray:
        """Return the decision function, if the best pipeline has one.

        Parameters
        ----------
        X : DataFrame, dict of columns, or array-like, shape (n, d)

        Returns
        -------
        ndarray of shape (n,) or (n, k)
        """
        rows = self._rows(X)
        return self.best_estimator_.decision_function(rows)

    def score(self, X: object, y: object) -> float:
        """Return the score of the best pipeline, by `scoring`.

        Parameters
        ----------
        X : DataFrame, dict of columns, or array-like, shape (n, d)
        y : array-like of shape (n,)

        Returns
        -------
        float
        """
        rows = self._rows(X)
        return float(self.scorer_(self.best_estimator_, rows, values_of(rows, y)))

    @property
    def classes_(self) -> np.ndarray:
        """Classes, in the order of `predict_proba`."""
        check_is_fitted(self)
        found: np.ndarray = self.best_estimator_.classes_
        return found

    def to_code(self) -> str:
        """Return Python that defines the best pipeline, to read, keep and run.

        It needs no language model. After ``pipeline.fit(X, y)`` on the table of `fit`, the
        pipeline predicts the same as `best_estimator_`, bit for bit with the same versions.
        Functions that the model wrote are texts in it, for :class:`CodeFeatures`, which runs
        them isolated.
        It holds names of columns, in quotes, but no cell of the table. Like
        `best_estimator_`, it takes columns of NumPy's types: of others pass
        ``X.astype(object).where(X.notna(), float("nan")).infer_objects()``.

        Returns
        -------
        str
            A module that defines `pipeline`.
        """
        check_is_fitted(self)
        winner = self._design.winner
        assert winner.pipeline is not None
        notes = [f"Found by: {winner.source}, seed {self.seed_}.", self._scores()]
        return write_code(winner.pipeline, notes, self.versions_)

    def summary(self) -> str:
        """Return what was tried, what was best and what the model added, as a text.

        Returns
        -------
        str
        """
        check_is_fitted(self)
        tried = self.leaderboard_["error"].isna()
        lines = [
            f"{len(tried)} candidates, of which {int(tried.sum())} could be scored.",
            f"Best: candidate {self._design.winner.number}, by the {self.best_source_}.",
            self._scores(),
            self.verdict_,
            *([tell_functions(self._design.inventions)] if self.features else []),
            *([f"Stopped early. {self.stopped_}"] if self.stopped_ else []),
        ]
        return "\n".join(lines)

    @property
    def cost_(self) -> float:
        """Cost of the answers, from the model's prices; after an error, of those that came."""
        if not hasattr(self, "_account"):
            check_is_fitted(self)
        return self._account.cost

    # What is learned

    def _keep(self, job: Job, settings: Settings, found: Design, account: Account) -> None:
        self.__dict__.pop("feature_names_in_", None)
        rows = job.table.X
        validate_data(self, rows, skip_check_array=True, reset=True)
        # scikit-learn compares names in `predict` only if they are texts.
        names = list(rows.columns) if isinstance(rows, pd.DataFrame) else []
        self._numbered = names if names and not by_name(rows) else None
        self.best_estimator_ = found.fitted
        self.best_score_, self.best_source_ = found.winner.score, found.winner.source
        told = found.winner.specification
        self.best_specification_ = None if told is None else dict(told)
        self.holdout_score_, self.stopped_ = found.holdout_score, found.stopped
        self.leaderboard_ = leaderboard_of(found.candidates, found.test_share)
        self.baselines_ = baselines_of(found.candidates, found.test_share)
        self.verdict_ = verdict_of(found.candidates, found.test_share)
        self.functions_ = functions_table(found.inventions)
        self.columns_ = pd.DataFrame([vars(column) for column in job.table.columns])
        self.task_, self.scorer_, self.seed_ = (
            job.table.target.task.kind,
            settings.scorer,
            settings.seed,
        )
        self.account_, self.versions_, self._design = (
            account,
            versions_here(bool(self.features)),
            found,
        )

    def _tell(self) -> None:
        unused = self.columns_[self.columns_["kind"] == "unused"]
        if len(unused):
            told = "; ".join(
                f"{key!r:.60}: {note}"
                for key, note in zip(unused["key"], unused["note"], strict=True)
            )
            warn_user(f"{len(unused)} of {len(self.columns_)} columns are not used: {told:.300}.")
        own = self.leaderboard_[self.leaderboard_["source"] == "language model"]
        if self.stopped_:
            warn_user(
                f"The model was asked for {len(own)} of {self.n_candidates} candidates. "
                f"{self.stopped_}"
            )
        if own["error"].notna().all():
            warn_user(f"{self.verdict_} The best pipeline is by the {self.best_source_}.")

    def _rows(self, X: object) -> Rows:
        check_is_fitted(self)
        rows = read_rows(X)
        validate_data(self, rows, skip_check_array=True, reset=False)
        names = list(rows.columns) if isinstance(rows, pd.DataFrame) else None
        if self._numbered is not None and names not in (None, self._numbered):
            raise InputError(
                f"Expected the columns {self._numbered!r:.100} in this order, as in fit, got "
                f"{names!r:.100}."
            )
        return rows

    def _scores(self) -> str:
        told = f"Mean {self._metric()} in the folds: {self.best_score_:.4f}"
        if self.holdout_score_ is None:
            return f"{told}; no rows were set aside."
        return f"{told}; on the rows that were set aside: {self.holdout_score_:.4f}."

    def _metric(self) -> str:
        if self.scoring is None:
            return DEFAULT_SCORING[self.task_]
        return self.scoring if isinstance(self.scoring, str) else "score"
