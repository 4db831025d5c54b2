"""One label for each text: what zero-shot and few-shot classification share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from sklearn.base import ClassifierMixin

from keraswrap._data import check_order
from keraswrap._texts import check_texts
from keraswrap._validation import unchanged_on_error
from keraswrap.exceptions import InputError, LowProbabilityError, warn_user
from keraswrap.llm._answers import (
    LOW,
    check_threshold,
    drop_others,
    label_scores,
    learn_prior,
    probabilities,
    take_words,
    tell_problems,
    totals,
)
from keraswrap.llm._classifier import LanguageModelClassifier, check_choice
from keraswrap.llm._context_window import Make
from keraswrap.llm._label_words import read_classes, read_words, show_labels
from keraswrap.llm._prompts import PromptLike, Template
from keraswrap.llm._protocol import Prompt
from keraswrap.llm._responses import Responses

__all__ = ["LabelClassifier"]


class LabelClassifier(ClassifierMixin, LanguageModelClassifier):
    """Base of the classifiers that give one label a text."""

    probas_sum_to_1: bool
    error_low_prob: str
    threshold_low_prob: float
    verbalizers: Mapping[str, Sequence[str]] | None
    length_norm: bool

    # What each class has of its own

    def _prompt_in_force(self) -> PromptLike:
        """Return the prompt that was given, or the default."""
        raise NotImplementedError

    def _read_template(self) -> Template:
        """Return the parsed prompt in use."""
        raise NotImplementedError

    def _learn_examples(self, texts: list[str] | None, labels: np.ndarray) -> None:
        """Choose what the prompt shows; nothing, if it shows no examples."""

    def _make(self, text: str) -> Prompt:
        """Return what is asked about a text, however long."""
        return self._template.fill({"text": text, "labels": self._shown})

    # What all have

    def _fit(self, X: object, y: object) -> Self:
        with unchanged_on_error(self):
            self._check_params()
            check_order({"X": X, "y": y})
            labels, classes = read_classes(y)
            texts = None if X is None else check_texts(X, empty="allow")
            self._check_texts(texts, len(labels))
            self._words = read_words(classes.tolist(), self.verbalizers)
            self._shown = show_labels(self._words, self.descriptions)
            self._template = self._read_template()
            self._start()
            self.prompt_, self.classes_ = self._prompt_in_force(), classes
            self._learn_examples(texts, labels)
            self.prior_ = self._learn_prior(texts)
        return self

    def _check_params(self) -> None:
        super()._check_params()
        check_choice(self.error_low_prob, LOW, "error_low_prob")
        check_threshold(self.threshold_low_prob, "threshold_low_prob")

    def _check_texts(self, texts: list[str] | None, n_labels: int) -> None:
        if texts is not None and len(texts) != n_labels:
            raise InputError(
                f"Expected X and y of the same length, got {len(texts)} texts and {n_labels} "
                "labels. Pass one label for each text."
            )

    def _prompt_maker(self, texts: Sequence[str]) -> Make:
        return lambda row, text: self._make(text)

    def get_prompt(self, text: str) -> str:
        """Return the prompt for a text.

        Parameters
        ----------
        text : str

        Returns
        -------
        str
            Without the model's chat template.
        """
        return self._make(self._texts([text])[0]).text

    # What is answered

    def _learn_prior(self, texts: list[str] | None) -> np.ndarray | None:
        """Learn what the model prefers whatever the text, where that is asked for and known."""
        some = self._texts_to_calibrate(texts)
        return (
            None
            if some is None
            else learn_prior(self._score(self._query().ask(self._prompts(some))))
        )

    def _score(self, said: Responses) -> np.ndarray:
        lengths = None
        if self.length_norm:
            lengths = self._asked.count_continuations(self._continuations())
        return label_scores(said.log_probs, self._words.owners, lengths, said.upper)

    def _look(self, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return probabilities of shape (n, k), and what the labels have together, of (n,)."""
        said = drop_others(self._ask_and_keep(self._prompts(texts)), self._words)
        said = take_words(said, self._words)
        scores, total = self._score(said), totals(said.log_probs)
        proba = probabilities(scores, None if self.probas_sum_to_1 else total, self._prior(scores))
        total = np.where(np.isnan(proba).any(axis=1), np.nan, total)
        self._mind(total, tell_problems(said, np.isnan(total), "texts"))
        return proba, total

    def _prior(self, scores: np.ndarray) -> np.ndarray | None:
        if self.calibration != "batch" or self.prior_ is not None:
            return self.prior_
        self._check_several(len(scores))
        return learn_prior(scores)

    def _mind(self, total: np.ndarray, told: int) -> None:
        """Warn of, or refuse, rows whose labels have too little probability, or none.

        Of those with none, `told` have been told of.
        """
        missing = int(np.isnan(total).sum())
        low = int((total < self.threshold_low_prob).sum()) + missing
        found = (
            f"The labels have a total probability below {self.threshold_low_prob:g} in {low} of "
            f"{len(total)} texts"
            + (f"; in {missing} the answer was none of them." if missing else ".")
        )
        if low and self.error_low_prob == "raise":
            raise LowProbabilityError(
                f"{found} See what the model would say with explain_low_prob, and change the "
                "prompt, the labels, or threshold_low_prob."
            )
        if missing > told:
            warn_user(
                f"The answer to {missing - told} of {len(total)} texts was none of the labels: "
                "they get None, and NaN as probabilities. answers_ has what was said."
            )
        elif low > missing and self.error_low_prob == "warn":
            warn_user(found)

    def predict_proba(self, X: object) -> np.ndarray:
        """Return each label's probability.

        Parameters
        ----------
        X : array-like of str, shape (n,)
            A list, array, Series, or DataFrame with one column.

        Returns
        -------
        ndarray of shape (n, k)
            In the order of `classes_`. NaN in rows whose answer matches no label.

        Raises
        ------
        LowProbabilityError
            If `error_low_prob` is "raise" and the labels of a text have too little
            total probability.
        BudgetError
            If the next prompts would exceed `max_cost`.

        Warns
        -----
        UserWarning
            If texts are truncated, answers match no label, or, with `error_low_prob`
            "warn", labels have too little probability.
        """
        return self._look(self._texts(X))[0]

    def predict(self, X: object) -> np.ndarray:
        """Return the likeliest label of each text.

        Parameters
        ----------
        X : array-like of str, shape (n,)

        Returns
        -------
        ndarray of shape (n,)
            Labels; None if an answer in the model's own words matches none of them, or,
            with `error_low_prob` "return_none", if they have too little probability.

        Raises
        ------
        LowProbabilityError, BudgetError
            As for :meth:`predict_proba`.
        """
        proba, total = self._look(self._texts(X))
        labels = self.classes_[np.where(np.isnan(total)[:, None], 0.0, proba).argmax(axis=1)]
        none = np.isnan(total)
        if self.error_low_prob in ("return_none", "none"):
            none |= total < self.threshold_low_prob
        elif not none.any():
            return labels
        labels = labels.astype(object)
        labels[none] = None
        return labels

    def score(
        self, X: object, y: object, sample_weight: Sequence[float] | np.ndarray | None = None
    ) -> float:
        """Return the share of texts that get their label; None is wrong.

        Parameters
        ----------
        X : array-like of str, shape (n,)
        y : array-like of str, shape (n,)
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float
        """
        check_order({"X": X, "y": y, "sample_weight": sample_weight})
        hits = self.predict(X) == read_classes(y)[0].astype(object)
        return float(np.average(hits, weights=sample_weight))

    @property
    def label_ids_(self) -> list[list[int]]:
        """Tokens of each label's words, without those that a tokenizer would add."""
        tokenizer = self.tokenizer_
        if tokenizer is None:  # not a TypeError: `dir` and notebooks look at every attribute
            raise AttributeError(f"{type(self.model_).__name__} has no tokenizer, so no label_ids_")
        return tokenizer(list(self._words.words), add_special_tokens=False)["input_ids"]  # type: ignore[operator]
