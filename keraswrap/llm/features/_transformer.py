"""A scikit-learn transformer from texts to the answers of a language model."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from keraswrap._texts import check_optional_texts
from keraswrap._validation import unchanged_on_error
from keraswrap.llm._cache import AnswerCache
from keraswrap.llm._prompts import PromptLike
from keraswrap.llm._protocol import LanguageModel
from keraswrap.llm._query import Estimate
from keraswrap.llm.features._answered import Answered
from keraswrap.llm.features._base import QuestionAsker
from keraswrap.llm.features._question import Question

if TYPE_CHECKING:
    from sklearn.utils import Tags

__all__ = ["LanguageModelFeatures"]


class LanguageModelFeatures(TransformerMixin, QuestionAsker):
    """Turn a column of texts into a language model's answers, as numbers.

    Each question gives a named column with the expected value of its answer, or a column
    for the probability of each answer. Each question about a text is asked once, in however
    many folds or candidates of a search the text occurs.

    Parameters
    ----------
    questions : list of Question
        Their names and texts must differ.
    model : LanguageModel, str or path
        A live model, which is never copied, or a name as for
        :func:`~keraswrap.llm.load_model`.
    output : {"expected", "probabilities"}, default="expected"
        What a question with values gives: one column, its expected value, or the
        probability of each answer. A question without values always gives the latter.
    calibration : {None, "contextual", "batch"}, default=None
        Whether to divide each answer's probability by its prior: "contextual" learns the
        prior in `fit` from texts without content, "batch" from up to 128 of the texts in
        `fit`.
    examples : {None, "few_shot"}, default=None
        With "few_shot", prompts show texts with their labels in `y`.
    n_examples : int, default=8
        Number of examples to show, balanced over classes or ranges of numbers.
    cv : int, default=5
        Number of folds of `fit_transform` with examples, at least 2.
    random_state : int, RandomState or None, default=None
        For drawing folds and examples.
    prompt : str or list of (str, str), default=None
        With the fields ``{text}`` and ``{question}`` and, optionally, ``{answers}``;
        ``{examples}`` is required with examples. Put the text before the question to have it
        read once for all questions.
    chat : bool, default=False
        Whether to send a str prompt as a user message in the model's chat template.
    cache : str, path or AnswerCache, default=None
        A file that keeps answers beyond the process.
    max_cost : float, default=None
        Largest cost since `fit`, in the currency of the model's prices.
    on_too_long : {"truncate_text", "raise", "warn"}, default="truncate_text"
        What to do with a text that exceeds the model's context.
    progress : bool, default=None
        Whether to show a progress bar; by default on a terminal and in a notebook.

    Attributes
    ----------
    questions_ : list of Question
    model_ : LanguageModel
    priors_ : dict of str to ndarray, or None
        The priors that calibration divides by, for each question.
    examples_ : list of (str, str)
        Texts and labels that `transform` shows.
    answered_share_ : dict of str to float
        Share of the rows of the last transformation that have an answer, by question.
    answers_, problems_ : dict of str to list of str or None
        The model's answers about these rows in its own words, and why there is none, by
        question.
    cost_ : float
        Cost since `fit`.
    n_features_in_ : int
        1.

    Notes
    -----
    A row without an answer gets NaN: its text is missing or blank, a server refuses it, or
    the answer is none of the choices.

    Without `examples`, no label is read; without `calibration`, `fit` learns and asks
    nothing. With examples, `fit_transform` splits its rows into folds and shows each fold
    examples from the others, as scikit-learn's TargetEncoder does, while `transform` shows
    examples from all rows of `fit`, so the two differ for the same rows. A text is never
    shown beside its own label. Each fold has different examples, so each question about a
    text is asked again.

    Examples
    --------
    >>> from keraswrap.llm import FakeLM, LanguageModelFeatures, Question
    >>> model = FakeLM({"bad": ["broke"], "good": ["superb"]})
    >>> quality = Question("quality", "How good is it?", ["bad", "good"], values=[0, 1])
    >>> features = LanguageModelFeatures([quality], model)
    >>> features.fit_transform(["It broke.", "Superb!", None]).round(2).tolist()
    [[0.12], [0.88], [nan]]
    >>> features.get_feature_names_out(["review"]), round(features.answered_share_["quality"], 2)
    (array(['review__quality'], dtype=object), 0.67)
    """

    # Tells skrub (ApplyToCols, TableVectorizer) to pass one column at a time.
    __single_column_transformer__ = True

    def __init__(
        self,
        questions: Sequence[Question],
        model: LanguageModel | str | os.PathLike[str],
        *,
        output: str = "expected",
        calibration: str | None = None,
        examples: str | None = None,
        n_examples: int = 8,
        cv: int = 5,
        random_state: int | np.random.RandomState | None = None,
        prompt: PromptLike | None = None,
        chat: bool = False,
        cache: str | os.PathLike[str] | AnswerCache | None = None,
        max_cost: float | None = None,
        on_too_long: str = "truncate_text",
        progress: bool | None = None,
    ) -> None:
        self.questions = questions
        self.model = model
        self.output = output
        self.calibration = calibration
        self.examples = examples
        self.n_examples = n_examples
        self.cv = cv
        self.random_state = random_state
        self.prompt = prompt
        self.chat = chat
        self.cache = cache
        self.max_cost = max_cost
        self.on_too_long = on_too_long
        self.progress = progress

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        tags.input_tags.allow_nan = True
        tags.target_tags.required = self.examples is not None
        tags.transformer_tags.preserves_dtype = []
        return tags

    def fit(self, X: object, y: object = None) -> Self:
        """Load the model, draw examples, and learn the priors for calibration.

        Parameters
        ----------
        X : array-like of str or missing, shape (n,)
            A list, array, Series, or frame with one column.
        y : array-like of shape (n,), optional
            Classes or numbers; read only with `examples`.

        Returns
        -------
        LanguageModelFeatures

        Raises
        ------
        ParameterError
            If a parameter has an invalid value.
        InputTypeError, InputError
            If X, y, `questions` or `model` cannot be used.
        SavedFileError, StorageError
            If the cache cannot be used.
        BudgetError, EndpointError
            As in :meth:`transform`, with calibration.
        """
        with unchanged_on_error(self):
            texts = self._start(X, y)
            self._learn(texts, y)
            self._keep([Answered.unknown(0, len(one.answers)) for one in self.questions_])
        return self

    def fit_transform(self, X: object, y: object = None) -> np.ndarray:
        """Fit, and return the features of the same rows.

        With `examples`, no row sees its own label: examples come from the other folds.

        Parameters
        ----------
        X : array-like of str or missing, shape (n,)
        y : array-like of shape (n,), optional

        Returns
        -------
        ndarray of float64, shape (n, n_columns)
        """
        with unchanged_on_error(self):
            texts = self._start(X, y)
            labelled = self._learn(texts, y)
        if labelled is None:
            return self._finish(*self._look(texts, self._shown, self._priors))
        return self._finish(*self._out_of_fold(labelled))

    def transform(self, X: object) -> np.ndarray:
        """Return the answers about each text.

        Parameters
        ----------
        X : array-like of str or missing, shape (n,)

        Returns
        -------
        ndarray of float64, shape (n, n_columns)
            NaN in rows without an answer.

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        InputTypeError, InputError
            If X is not one column of texts.
        BudgetError
            If the next prompts would exceed `max_cost`. Answers so far are kept, as after
            every other error.
        EndpointError
            If the model leaves prompts without an answer.

        Warns
        -----
        UserWarning
            If texts are truncated, or answers are none of the choices.
        """
        check_is_fitted(self)
        texts = check_optional_texts(X)
        return self._finish(*self._look(texts, self._shown, self._priors))

    def get_feature_names_out(self, input_features: Iterable[str] | None = None) -> np.ndarray:
        """Return column names: review__sentiment, review__emotion__anger, … for a column "review".

        Parameters
        ----------
        input_features : array-like of one str, optional
            Name of the text column. By default that of the Series or frame passed to
            `fit`; without a name, the columns have the names of the questions.

        Returns
        -------
        ndarray of str (object), shape (n_columns,)
        """
        check_is_fitted(self)
        names = [self._column] if input_features is None else list(input_features)
        head = f"{names[0]}__" if len(names) == 1 and names[0] else ""
        columns = [name for one in self.questions_ for name in one.columns(self.output)]
        return np.array([f"{head}{name}" for name in columns], dtype=object)

    def estimate(self, X: object) -> Estimate:
        """Estimate calls, tokens, seconds and cost of transforming, before anything is asked.

        Fitting first is necessary only with examples.

        Parameters
        ----------
        X : array-like of str or missing, shape (n,)

        Returns
        -------
        Estimate
            Calls are pairs of a text and a question. Tokens and seconds are upper bounds:
            a model that runs in this process reads a text once for all questions.
        """
        fitted = self if hasattr(self, "questions_") or self.examples else self._unfitted(X)
        check_is_fitted(fitted, "questions_")
        texts = [text for text in check_optional_texts(X) if text is not None]
        asking = fitted._questionnaire(fitted._shown)
        prompts = asking.prompts(texts, fitted._asked, self.on_too_long)
        return fitted._query(asking, prompts).estimate(prompts)

    @property
    def cost_(self) -> float:
        """Cost since `fit`, from the model's prices."""
        check_is_fitted(self, "questions_")
        return self._account.cost

    def _finish(self, numbers: np.ndarray, answered: list[Answered]) -> np.ndarray:
        self._keep(answered)
        return np.asarray(numbers, dtype=np.float64)

    def _keep(self, answered: list[Answered]) -> None:
        told = {q.name: one for q, one in zip(self.questions_, answered, strict=True)}
        self.answers_ = {name: one.texts for name, one in told.items()}
        self.problems_ = {name: one.problems for name, one in told.items()}
        self.answered_share_ = {name: _answered_share(one) for name, one in told.items()}


def _answered_share(one: Answered) -> float:
    missing = np.isnan(one.scores).any(axis=1)
    return float(1 - missing.mean()) if len(missing) else float("nan")
