"""Classification by a language model that is shown some labelled texts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from sklearn.base import clone

from keraswrap._data import check_order
from keraswrap._texts import check_texts
from keraswrap.exceptions import InputError, warn_user
from keraswrap.llm._context_window import Make
from keraswrap.llm._examples import (
    Embedder,
    Nearest,
    Select,
    arrange,
    check_examples,
    check_max_samples,
    check_selection,
    choose,
    generator_of,
)
from keraswrap.llm._label_words import read_classes
from keraswrap.llm._prompts import (
    DEFAULT_PROMPT_FEW_SHOT,
    DEFAULT_PROMPT_ZERO_SHOT,
    EXAMPLE_PROMPT,
    PromptLike,
    Template,
    read_template,
)
from keraswrap.llm._protocol import Prompt
from keraswrap.llm._single_label import LabelClassifier

__all__ = ["FewShotClassifier"]

_FIELDS = ("text", "labels", "examples")


class FewShotClassifier(LabelClassifier):
    """Classify texts with a language model that is shown some labeled examples.

    Parameters and attributes have the same meaning as in skorch's class of this name.

    Parameters
    ----------
    model_name, model, tokenizer
        As for :class:`ZeroShotClassifier`.
    prompt : str or list of (str, str), default=None
        With the fields ``{text}``, ``{examples}`` and, optionally, ``{labels}``. In a
        chat without ``{examples}``, each example is a turn: its text in the message
        with ``{text}``, and its label as the answer.
    probas_sum_to_1 : bool, default=True
        As for :class:`ZeroShotClassifier`.
    max_samples : int from 0 on, default=5
        Number of examples to show.
    device, error_low_prob, threshold_low_prob, use_caching
        As for :class:`ZeroShotClassifier`.
    random_state : int, RandomState or None, default=None
        For drawing the examples. None draws different ones each time.
    selection : {"balanced", "random", "nearest"} or callable, default="balanced"
        Which examples are shown: one of each label in turn; any; for each text the most
        similar ones; or those at the positions that a callable returns for texts,
        labels and the number of examples.
    order : {"reversed", "selected", "random"}, default="reversed"
        ``"reversed"`` puts the first chosen example last, next to the text.
    example_prompt : str, default=None
        Format of an example in ``{examples}``, with the fields ``{text}`` and
        ``{label}``. Examples are separated by a blank line.
    embedder : transformer, default=None
        Vectors for comparing texts; None means :class:`~keraswrap.text.TextEmbedder`,
        whose vectors have length 1.
    calibration, verbalizers, descriptions, length_norm, chat, cache, max_cost, dtype
        As for :class:`ZeroShotClassifier`.
    on_too_long, progress
        As for :class:`ZeroShotClassifier`. If not even the examples fit, InputError is
        raised.

    Attributes
    ----------
    examples_ : list of (str, str)
        Texts and labels in the order in which they are shown; all candidates if
        `selection` is "nearest".
    classes_, prompt_, model_, tokenizer_, label_ids_, prior_, answers_, problems_, cost_
        As for :class:`ZeroShotClassifier`.

    Notes
    -----
    A duplicate text is shown only if there are no others. A text is never shown as its
    own nearest example, so predicting texts of `fit` does not reveal their labels.

    Examples
    --------
    >>> from keraswrap.llm import FakeLM
    >>> model = FakeLM({"bad": ["broke"], "good": ["superb"]})
    >>> clf = FewShotClassifier(model=model, max_samples=2, random_state=0)
    >>> clf = clf.fit(["It broke.", "Superb.", "Superb!"], ["bad", "good", "good"])
    >>> sorted(label for _, label in clf.examples_)
    ['bad', 'good']
    """

    def __init__(
        self,
        model_name: str | os.PathLike[str] | None = None,
        *,
        model: object = None,
        tokenizer: object = None,
        prompt: PromptLike | None = None,
        probas_sum_to_1: bool = True,
        max_samples: int = 5,
        device: str = "cpu",
        error_low_prob: str = "ignore",
        threshold_low_prob: float = 0.0,
        use_caching: bool = True,
        random_state: int | np.random.RandomState | None = None,
        selection: str | Select = "balanced",
        order: str = "reversed",
        example_prompt: str | None = None,
        embedder: Embedder | None = None,
        calibration: str | None = None,
        verbalizers: Mapping[str, Sequence[str]] | None = None,
        descriptions: Mapping[str, str] | None = None,
        length_norm: bool = False,
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
        self.probas_sum_to_1 = probas_sum_to_1
        self.max_samples = max_samples
        self.device = device
        self.error_low_prob = error_low_prob
        self.threshold_low_prob = threshold_low_prob
        self.use_caching = use_caching
        self.random_state = random_state
        self.selection = selection
        self.order = order
        self.example_prompt = example_prompt
        self.embedder = embedder
        self.calibration = calibration
        self.verbalizers = verbalizers
        self.descriptions = descriptions
        self.length_norm = length_norm
        self.chat = chat
        self.cache = cache
        self.max_cost = max_cost
        self.dtype = dtype
        self.on_too_long = on_too_long
        self.progress = progress

    def fit(self, X: object, y: object) -> Self:
        """Choose examples, and load the model.

        Parameters
        ----------
        X : array-like of str, shape (n,)
        y : array-like of str, shape (n,)

        Returns
        -------
        FewShotClassifier

        Raises
        ------
        ParameterError
            If a parameter has an invalid value, or not exactly one of `model_name` and
            `model` is given.
        InputError
            If there are no texts, labels are missing or not texts, or X and y differ in
            length.

        Warns
        -----
        UserWarning
            If there are more labels than examples.
        """
        return self._fit(X, y)

    def get_examples(self, X: object, y: object, n_samples: int) -> list[tuple[str, str]]:
        """Choose examples; override this method to choose them differently.

        Parameters
        ----------
        X : array-like of str, shape (n,)
        y : array-like of str, shape (n,)
        n_samples : int

        Returns
        -------
        list of (str, str)
            Texts and labels in the order in which they are shown.
        """
        check_order({"X": X, "y": y})
        texts, labels = check_texts(X, empty="allow"), read_classes(y)[0]
        if self.selection == "nearest":
            return list(zip(texts, labels.tolist(), strict=True))
        random = generator_of(self.random_state)
        chosen = choose(texts, labels, n_samples, self.selection, random)
        rows = arrange(chosen, self.order, random)
        return [(texts[row], str(labels[row])) for row in rows]

    def _check_params(self) -> None:
        super()._check_params()
        check_max_samples(self.max_samples)
        check_selection(self.selection, self.order)

    def _check_texts(self, texts: list[str] | None, n_labels: int) -> None:
        if texts is None:
            raise InputError(
                "Expected texts with their labels for few-shot classification, got X=None. Pass "
                "some, or use ZeroShotClassifier."
            )
        super()._check_texts(texts, n_labels)

    def _prompt_in_force(self) -> PromptLike:
        if self.prompt is not None:
            return self.prompt
        return DEFAULT_PROMPT_FEW_SHOT if self.max_samples else DEFAULT_PROMPT_ZERO_SHOT

    def _read_template(self) -> Template:
        prompt = self._prompt_in_force()
        own = EXAMPLE_PROMPT if self.example_prompt is None else self.example_prompt
        self._example = read_template(own, ["text", "label"], needed=["text", "label"])
        turns = not isinstance(prompt, str) or not self.max_samples
        needed = ["text"] if turns else ["text", "examples"]
        return read_template(prompt, _FIELDS, chat=self.chat, needed=needed)

    def _learn_examples(self, texts: list[str] | None, labels: np.ndarray) -> None:
        n = min(int(self.max_samples), len(labels))
        k = len(self.classes_)
        if 0 < n < k:
            warn_user(
                f"Expected at least one example of each of the {k} labels, got {n}: some labels "
                "are shown by name only. Raise max_samples, or pass more texts."
            )
        self.examples_ = check_examples(self.get_examples(texts, labels, n), self.classes_)
        self._nearest = None
        if self.selection == "nearest" and n:
            self._nearest = Nearest(self._embedder(), [text for text, _ in self.examples_])

    def _embedder(self) -> Embedder:
        if self.embedder is not None:
            return clone(self.embedder)
        from keraswrap.text import TextEmbedder

        return TextEmbedder(empty="allow")

    def _texts_to_calibrate(self, texts: list[str] | None) -> list[str] | None:
        shown = set() if self._nearest else {text for text, _ in self.examples_}
        others = [text for text in texts or [] if text not in shown]
        return super()._texts_to_calibrate(others if len(others) > 1 else texts)

    def _prompt_maker(self, texts: Sequence[str]) -> Make:
        if self._nearest is None:
            return super()._prompt_maker(texts)
        chosen = self._nearest.choose(texts, int(self.max_samples))
        shown = [self._pairs(rows) for rows in chosen]
        return lambda row, text: self._show(text, shown[row])

    def _pairs(self, chosen: list[int]) -> list[tuple[str, str]]:
        rows = arrange(chosen, self.order, generator_of(self.random_state))
        return [self.examples_[row] for row in rows]

    def _make(self, text: str) -> Prompt:
        if self._nearest is None:
            return self._show(text, self.examples_)
        return self._show(text, self._pairs(self._nearest.choose([text], int(self.max_samples))[0]))

    def _show(self, text: str, examples: list[tuple[str, str]]) -> Prompt:
        names = dict(zip(self._words.classes, self._words.names, strict=True))
        pairs = [(shown, names[label]) for shown, label in examples]
        values = {"text": text, "labels": self._shown}
        if "examples" not in self._template.fields:
            return self._template.fill_turns(pairs, values)
        blocks = (self._example.fill({"text": one, "label": name}).text for one, name in pairs)
        return self._template.fill({**values, "examples": "\n\n".join(blocks)})
