"""Several labels for each text: one question for each label."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.base import ClassifierMixin

from keraswrap._data import check_order, items_of
from keraswrap._texts import check_texts
from keraswrap._validation import unchanged_on_error
from keraswrap.exceptions import InputError, ParameterError, warn_user
from keraswrap.llm._answers import (
    check_threshold,
    drop_others,
    label_scores,
    learn_prior,
    probabilities,
    take_words,
    tell_problems,
)
from keraswrap.llm._classifier import LanguageModelClassifier
from keraswrap.llm._context_window import Make
from keraswrap.llm._label_words import LabelNames, check_by_label, read_label_names, read_words
from keraswrap.llm._prompts import DEFAULT_PROMPT_MULTI_LABEL, PromptLike, read_template
from keraswrap.llm._protocol import Prompt
from keraswrap.llm._responses import Responses

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.utils import Tags

__all__ = ["MultiLabelZeroShotClassifier"]


class MultiLabelZeroShotClassifier(ClassifierMixin, LanguageModelClassifier):
    """Assign any number of labels to each text with a language model, without training.

    The model is asked for each label whether it applies: as many questions per text as
    there are labels.

    Parameters
    ----------
    model_name, model, tokenizer
        As for :class:`ZeroShotClassifier`.
    prompt : str or list of (str, str), default=None
        With the fields ``{text}``, ``{label}`` and, optionally, ``{labels}``.
    threshold : float from 0 to 1, default=0.5
        Minimum probability for predicting a label.
    answers : tuple of (str, str), default=("yes", "no")
        The model's answers if a label applies, and if not.
    classes : sequence of str, default=None
        Names of the columns, if `fit` gets an indicator array.
    descriptions : dict of str to str, default=None
        Meanings of the labels, shown after the label.
    calibration : {None, "contextual", "batch"}, default=None
        As for :class:`ZeroShotClassifier`, for each label separately.
    device, use_caching, chat, cache, max_cost, dtype, on_too_long, progress
        As for :class:`ZeroShotClassifier`.

    Attributes
    ----------
    classes_ : ndarray of shape (k,), str
        Sorted, or in the order of an indicator's columns.
    prior_ : ndarray of shape (k, 2), or None
        What calibration divides by, if learned in `fit`.
    prompt_, model_, tokenizer_, cost_
        As for :class:`ZeroShotClassifier`.
    answers_, problems_ : list of str or None
        The answers in the model's own words, and what was wrong with them, label by
        label for each text.

    Examples
    --------
    >>> from keraswrap.llm import FakeLM
    >>> model = FakeLM(lambda prompt, word: -0.1 if (word == "yes") == ("quick" in prompt) else -3)
    >>> clf = MultiLabelZeroShotClassifier(model=model).fit(y=["price", "speed"])
    >>> clf.predict(["Really quick.", "It broke."]).tolist()
    [[1, 1], [0, 0]]
    """

    def __init__(
        self,
        model_name: str | os.PathLike[str] | None = None,
        *,
        model: object = None,
        tokenizer: object = None,
        prompt: PromptLike | None = None,
        threshold: float = 0.5,
        answers: Sequence[str] = ("yes", "no"),
        classes: Sequence[str] | None = None,
        descriptions: Mapping[str, str] | None = None,
        calibration: str | None = None,
        device: str = "cpu",
        use_caching: bool = True,
        chat: bool = False,
        cache: str | os.PathLike[str] | None = None,
        max_cost: float | None = None,
        dtype: str | None = None,
        on_too_long: str = "truncate_text",
        progress: bool | None = None,
    ) -> None:
        self.model_name = model_name
        self.model = model
        self.tokenizer = tokenizer
        self.prompt = prompt
        self.threshold = threshold
        self.answers = answers
        self.classes = classes
        self.descriptions = descriptions
        self.calibration = calibration
        self.device = device
        self.use_caching = use_caching
        self.chat = chat
        self.cache = cache
        self.max_cost = max_cost
        self.dtype = dtype
        self.on_too_long = on_too_long
        self.progress = progress

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def fit(self, X: object = None, y: LabelNames | None = None) -> Self:
        """Learn the labels and load the model.

        Parameters
        ----------
        X : array-like of str, shape (n,), optional
            Used only for batch calibration.
        y : list of str, list of lists of str, or indicator of shape (n, k)
            The labels; the labels of each text; or one column per label, named by a
            DataFrame or by `classes`.

        Returns
        -------
        MultiLabelZeroShotClassifier

        Raises
        ------
        ParameterError
            If a parameter has an invalid value, or not exactly one of `model_name` and
            `model` is given.
        InputError
            If labels are missing, not texts, or columns without names, or X and y
            differ in length.
        """
        with unchanged_on_error(self):
            self._check_params()
            check_order({"X": X, "y": y})
            classes = read_label_names(y, self.classes)
            texts = None if X is None else check_texts(X, empty="allow")
            _check_lengths(texts, y)
            check_by_label(self.descriptions, classes.tolist(), "descriptions")
            self._template = read_template(
                self._prompt_in_force(),
                ["text", "labels", "label"],
                chat=self.chat,
                needed=["text", "label"],
            )
            self._start()
            self.prompt_, self.classes_ = self._prompt_in_force(), classes
            self.prior_ = self._learn_prior(texts)
        return self

    def predict_proba(self, X: object) -> np.ndarray:
        """Return the probability that each label applies.

        Parameters
        ----------
        X : array-like of str, shape (n,)

        Returns
        -------
        ndarray of shape (n, k)
            Each from 0 to 1; NaN if the answer is neither of the two.

        Warns
        -----
        UserWarning
            If there are such answers, or texts are truncated.
        """
        said = drop_others(self._ask_and_keep(self._prompts(self._texts(X))), self._words)
        said = take_words(said, self._words)
        told = tell_problems(said, np.isnan(said.log_probs).all(axis=1), "questions")
        scores = self._scores(said)
        priors = self.prior_
        if priors is None and self.calibration == "batch":
            self._check_several(len(scores))
            priors = self._priors(scores)
        columns = [
            probabilities(scores[:, n], prior=None if priors is None else priors[n])[:, 0]
            for n in range(len(self.classes_))
        ]
        proba = np.stack(columns, axis=1)
        missing = int(np.isnan(proba).sum()) - told
        if missing > 0:
            warn_user(
                f"The answer to {missing} of {proba.size} questions was neither of "
                f"{tuple(self.answers)}: they get None, and NaN as probabilities. answers_ has "
                "what was said."
            )
        return proba

    def predict(self, X: object) -> np.ndarray:
        """Predict which labels apply to each text.

        Parameters
        ----------
        X : array-like of str, shape (n,)

        Returns
        -------
        ndarray of shape (n, k), int
            1 if a label applies. An object array with None if an answer is neither of
            the two.
        """
        proba = self.predict_proba(X)
        given = (proba >= self.threshold).astype(int)
        if not np.isnan(proba).any():
            return given
        told = given.astype(object)
        told[np.isnan(proba)] = None
        return told

    def score(
        self,
        X: object,
        y: np.ndarray | pd.DataFrame,
        sample_weight: Sequence[float] | np.ndarray | None = None,
    ) -> float:
        """Return the share of texts that get all of their labels, and no others.

        Parameters
        ----------
        X : array-like of str, shape (n,)
        y : indicator of shape (n, k)
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float

        Raises
        ------
        InputError
            If indices of X, y and weights have the same values in another order.
        """
        check_order({"X": X, "y": y, "sample_weight": sample_weight})
        return float(super().score(X, y, sample_weight))

    def get_prompt(self, text: str, label: str) -> str:
        """Return the prompt for a text and a label.

        Parameters
        ----------
        text : str
        label : str

        Returns
        -------
        str
        """
        (text,) = self._texts([text])
        check_by_label({label: ""}, self.classes_.tolist(), "a prompt")
        return self._fill(text, label).text

    def _check_params(self) -> None:
        super()._check_params()
        check_threshold(self.threshold, "threshold")
        words = items_of(self.answers) or []
        if len(words) != 2 or not all(isinstance(w, str) and w.strip() for w in words):
            raise ParameterError(
                f"Expected answers as two texts, such as ('yes', 'no'), got {self.answers!r:.60}."
            )
        self._words = read_words([str(word) for word in words])

    def _prompt_in_force(self) -> PromptLike:
        return DEFAULT_PROMPT_MULTI_LABEL if self.prompt is None else self.prompt

    def _fill(self, text: str, label: str) -> Prompt:
        told = (self.descriptions or {}).get(label)
        shown = f"{label} ({told})" if told else label
        values = {"text": text, "label": shown, "labels": ", ".join(self.classes_)}
        return self._template.fill(values)

    def _prompts(self, texts: Sequence[str]) -> list[Prompt]:
        return super()._prompts([text for text in texts for _ in self.classes_])

    def _prompt_maker(self, texts: Sequence[str]) -> Make:
        labels = [str(label) for label in self.classes_]
        return lambda row, text: self._fill(text, labels[row % len(labels)])

    def _scores(self, said: Responses) -> np.ndarray:
        """Return the scores of both answers, of shape (n, k, 2)."""
        scores = label_scores(said.log_probs, self._words.owners, upper=said.upper)
        return scores.reshape(-1, len(self.classes_), 2)

    def _priors(self, scores: np.ndarray) -> np.ndarray:
        return np.stack([learn_prior(scores[:, n]) for n in range(scores.shape[1])])

    def _learn_prior(self, texts: list[str] | None) -> np.ndarray | None:
        some = self._texts_to_calibrate(texts)
        if some is None:
            return None
        said = take_words(self._query().ask(self._prompts(some)), self._words)
        return self._priors(self._scores(said))


def _check_lengths(texts: list[str] | None, y: LabelNames) -> None:
    rows = getattr(y, "ndim", 1) == 2 or any(not isinstance(one, str) for one in y)
    if texts is not None and rows and len(texts) != len(y):
        raise InputError(
            f"Expected X and y of the same length, got {len(texts)} texts and labels of {len(y)}. "
            "Pass the labels of each text."
        )
