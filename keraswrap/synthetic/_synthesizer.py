"""Write texts of a class with a language model, from training rows that it is shown."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Self

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from keraswrap._validation import unchanged_on_error
from keraswrap.llm._cache import AnswerCache
from keraswrap.llm._protocol import LanguageModel
from keraswrap.llm._query import Estimate
from keraswrap.synthetic._asking import ModelAsker
from keraswrap.synthetic._attributes import Attributes, Holds, check_attributes, check_holds
from keraswrap.synthetic._checks import CustomCheck, check_checks
from keraswrap.synthetic._class_job import ClassJob, Known, Task
from keraswrap.synthetic._copies import KnownTexts, RunIndex
from keraswrap.synthetic._prompts import INSTRUCTION, Writing, name_label
from keraswrap.synthetic._table import SyntheticTexts, join_tables
from keraswrap.synthetic._training_rows import TrainingRows, check_whole, read_rows
from keraswrap.synthetic._writer import add_estimates

__all__ = ["TextSynthesizer"]


class TextSynthesizer(ModelAsker):
    """Write texts for scarce classes with a language model.

    The model is shown a few training rows of a class, drawn anew for each text, and
    attributes such as a tone or a topic. What it writes is checked: copies of training rows,
    texts of another class and others are rejected, each with its reason.

    Parameters
    ----------
    model : LanguageModel, str or path
        A live model, which is never copied, or a name as for
        :func:`~keraswrap.llm.load_model`.
    attributes : dict of str to list of str, default=None
        What texts may be like, such as ``{"tone": ["polite", "angry"]}``; a value of each is
        drawn for each text.
    shots : int, default=3
        Training rows of the class to show for each text; fewer if there are fewer.
    temperature : float, default=1.0
        At 0 the model always takes the likeliest token, and the same prompt gives the same
        text.
    random_state : int, default=0
        Seed of all draws: the same gives the same texts.
    checks : "default" or list of str or callable, default="default"
        What texts are rejected for; see Notes. A function of a text and its class returns
        a reason, or None. An empty list accepts whatever is a whole text.
    max_cost : float, default=None
        Largest cost since `fit`, in the currency of the model's prices.
    top_p : float, default=0.95
        Draws only from the likeliest tokens whose probabilities together reach it.
    max_tokens : int, default=128
        Maximum number of tokens of a text; one that does not end by then is rejected.
    max_tries : int, default=3
        Attempts for each text asked for, on average.
    instruction : str, default='You write texts. Every text is of the class "{label}".'
        What the model is told first. Say here what the texts are, and in which language.
    descriptions : dict of label to str, default=None
        Classes in words, for the prompt; by default their names.
    holds : dict of str to callable, default=None
        For an attribute, a function of a text and the value drawn that returns whether the
        text has it. Other attributes are not checked.
    min_words : int, default=None
        Fewer words are too short; by default, fewer than half of the class's shortest row.
    judge : classifier, default=None
        Of texts, for the check "label"; by default TF-IDF of words and a balanced logistic
        regression.
    chat : bool, default=True
        Whether rows are shown as earlier answers in a chat, or as lines of a text that the
        model goes on with, which suits models that were not trained to chat.
    cache : str, path or AnswerCache, default=None
        A file of answers; by default they are kept in memory as long as the model lives.
    progress : bool, default=None
        Whether to show a progress bar; by default on a terminal and in a notebook.

    Attributes
    ----------
    classes_ : ndarray of shape (k,)
    rows_ : TrainingRows
        The texts and labels of `fit`.
    model_ : LanguageModel
    cost_ : float
        Cost since `fit`.

    See Also
    --------
    SyntheticClassifier : Adds texts inside `fit` alone, so that nothing leaks.
    check_synthetic : Looks for memorized rows, lack of variety and wrong labels.

    Notes
    -----
    Always rejected is what is "cut off", "empty" or "refused" by a server. The checks, in
    their order, reject a text that

    - "prompt": repeats five words of the prompt;
    - "assistant": speaks as an assistant, or announces a text;
    - "copy", "near_copy": is a training row of any class, shares three quarters of its
      runs of four letters with one, or has four fifths of its words in copied runs of six;
    - "repeat": is a copy or near copy of a text accepted before;
    - "short", "loop": has fewer than `min_words` words, or repeats its own words;
    - "class_name": mentions the name of its class, unless a training row of it does;
    - "attributes": lacks an attribute, by `holds`;
    - "personal_data": has an e-mail or IP address, or a telephone, card or account number;
    - "label": is of another class, by a classifier that has not seen the rows shown: another
      one is likelier, and the text is less likely of its own than nine tenths of the rows
      left out, or all of up to ten. All rows shown for a text are therefore of one of
      up to five folds of the class. A class with a single row, or without any other class,
      is not checked.

    Training rows are data: control tokens in them are plain characters. A model may still
    follow instructions in them. Rows of more than 2,000 characters are shown only if there
    are no others, and cut.

    Attempts are numbered, and what each is made from depends on `random_state`, the class
    and its number alone: a call for more texts begins with those of an earlier one. What was
    answered is not asked again, also after an interruption or with a larger `max_cost`.

    Attributes in prompts follow AttrPrompt (Yu et al., 2023). Nothing here makes texts
    anonymous: rows shown may come back in other words.

    Examples
    --------
    >>> from keraswrap.llm import FakeLM
    >>> from keraswrap.synthetic import TextSynthesizer
    >>> model = FakeLM(says=lambda prompt: "The lid fell off at once.")
    >>> rows = ["It broke.", "Broken lid, sadly.", "Superb, I love it!", "Very good."]
    >>> maker = TextSynthesizer(model, shots=1, random_state=1)
    >>> made = maker.fit(rows, ["bad", "bad", "good", "good"]).sample(1, "bad")
    >>> made.texts, made.labels.tolist()
    (['The lid fell off at once.'], ['bad'])
    """

    def __init__(
        self,
        model: LanguageModel | str | os.PathLike[str],
        attributes: Attributes | None = None,
        shots: int = 3,
        *,
        temperature: float = 1.0,
        random_state: int = 0,
        checks: str | Sequence[str | CustomCheck] = "default",
        max_cost: float | None = None,
        top_p: float = 0.95,
        max_tokens: int = 128,
        max_tries: int = 3,
        instruction: str = INSTRUCTION,
        descriptions: Mapping[object, str] | None = None,
        holds: Holds | None = None,
        min_words: int | None = None,
        judge: BaseEstimator | None = None,
        chat: bool = True,
        cache: str | os.PathLike[str] | AnswerCache | None = None,
        progress: bool | None = None,
    ) -> None:
        self.model = model
        self.attributes = attributes
        self.shots = shots
        self.temperature = temperature
        self.random_state = random_state
        self.checks = checks
        self.max_cost = max_cost
        self.top_p = top_p
        self.max_tokens = max_tokens
        self.max_tries = max_tries
        self.instruction = instruction
        self.descriptions = descriptions
        self.holds = holds
        self.min_words = min_words
        self.judge = judge
        self.chat = chat
        self.cache = cache
        self.progress = progress

    def fit(self, X: object, y: object = None) -> Self:
        """Keep training rows; nothing is asked.

        Parameters
        ----------
        X : array-like of str, shape (n,)
            Blank texts are never shown.
        y : array-like of shape (n,)

        Returns
        -------
        self

        Raises
        ------
        InputTypeError, InputError, ParameterError
            If rows, labels or a parameter cannot be used.
        SavedFileError, StorageError
            If the cache cannot be used.

        Warns
        -----
        UserWarning
            If a description is of no class.
        """
        with unchanged_on_error(self):
            self._check()
            self.rows_: TrainingRows = read_rows(X, y)
            self.rows_.warn_of_others("descriptions", self.descriptions or ())
            self.classes_ = self.rows_.classes
            self.__dict__.pop("_training", None)
            self._start()
        return self

    def sample(self, n: int | Mapping[object, int], label: object = None) -> SyntheticTexts:
        """Write texts of a class, or of several.

        Parameters
        ----------
        n : int ≥ 0, or dict of label to int
            How many to accept.
        label : object
            Their class, if `n` is a number.

        Returns
        -------
        SyntheticTexts
            With rejected texts and why.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ParameterError
            If a number or label cannot be used, or a class has no row to show.
        EndpointError
            If a server leaves prompts without an answer. Texts so far are kept: the next
            call asks for the rest.

        Warns
        -----
        UserWarning
            If fewer texts are accepted than asked for, with the counts of reasons: the
            attempts ended, or the budget, or 30 attempts in a row were rejected.
        """
        check_is_fitted(self, "rows_")
        wanted = self._wanted(n, label)
        self._check()
        known, accepted = self._known(), KnownTexts()
        jobs = {one: self._job(one) for one in wanted}  # a class that cannot be shown, before any
        tables = [
            job.run(wanted[one], self._writer(job.stop), known, accepted)
            for one, job in jobs.items()
        ]
        return join_tables(tables, self._provenance())

    def estimate(self, n: int | Mapping[object, int], label: object = None) -> Estimate:
        """Estimate what :meth:`sample` takes if every first attempt is accepted.

        Parameters
        ----------
        n, label
            As for :meth:`sample`.

        Returns
        -------
        Estimate
            For attempts that are not answered yet; at most `max_tries` times as much.
        """
        check_is_fitted(self, "rows_")
        wanted = self._wanted(n, label)
        self._check()
        jobs = [(self._job(one), many) for one, many in wanted.items()]
        return add_estimates(
            [
                each
                for job, many in jobs
                for each in self._writer(job.stop).estimate(job.prompts(many))
            ]
        )

    def _wanted(self, n: object, label: object) -> dict[object, int]:
        if isinstance(n, Mapping):
            pairs = [(self.rows_.find_class(one), many) for one, many in n.items()]
        else:
            pairs = [(self.rows_.find_class(label), n)]
        return {one: check_whole("n", many, 0) for one, many in pairs}

    def _job(self, label: object) -> ClassJob:
        attributes = check_attributes(self.attributes)
        task = Task(
            rows=self.rows_,
            model=self._asked,
            shots=int(self.shots),
            max_tokens=int(self.max_tokens),
            max_tries=int(self.max_tries),
            seed=int(self.random_state),
            min_words=self.min_words,
            attributes=attributes,
            holds=check_holds(self.holds, attributes),
            checks=check_checks(self.checks),
            judge=self.judge,
        )
        words = (self.descriptions or {}).get(label, name_label(label))
        return ClassJob(task, label, Writing.read(self.instruction, words, bool(self.chat)))

    def _known(self) -> Known:
        if "_training" not in self.__dict__:
            texts = self.rows_.texts
            self._training = Known(KnownTexts(texts), RunIndex(texts))
        return self._training

    def __getstate__(self) -> dict[str, object]:
        state = super().__getstate__()
        state.pop("_training", None)  # large, and made again from the rows
        return state
