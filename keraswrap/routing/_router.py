"""Route messages by a classifier to handlers that answer them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from keraswrap._data import check_order
from keraswrap._texts import check_texts
from keraswrap.exceptions import InputError, warn_user
from keraswrap.routing._answers import Answer, Reply
from keraswrap.routing._checks import check_handled, check_rows, check_settings
from keraswrap.routing._conversation import Conversation, check_conversation
from keraswrap.routing._decisions import Decision, check_message, decide
from keraswrap.routing._evaluation import RoutingReport, report_on
from keraswrap.routing._handlers import Handler, as_handler
from keraswrap.routing._out_of_scope import check_routes
from keraswrap.routing._turns import Parts, Visit

__all__ = ["MessageRouter"]

# Training messages that a fitted classifier is tried on.
_TRIED = 64


class MessageRouter(BaseEstimator):
    """Answer messages: a classifier chooses the route, and the route's handler answers.

    What a message says decides nothing but the classifier's and the detector's choice
    and the values of fields that fit their patterns. Instructions in it reach no query,
    no template and no other handler. Where the router does not know enough, it asks
    back or falls back.

    Parameters
    ----------
    classifier : scikit-learn classifier of texts
        With ``predict_proba``. Where its ``predict`` returns None, the router falls
        back, so that a classifier with a guaranteed error decides when to abstain. A
        ``predict_details``, as of `CascadeClassifier`, tells stage and cost.
    handlers : dict of str to handler
        For each route a :class:`Handler`, a function of the message, or a text.
    fallback : str, function or handler without fields
        What to answer where no route does.
    out_of_scope : outlier detector of texts, optional
        By default nothing is out of scope. :class:`OutOfScopeDetector` learns it.
    costs : dict of str to float, optional
        What an answer of a route costs, beside what classifier and handler say.
    timeout : float, default=10.0
        Seconds that a handler has; then the router falls back. None for no limit.
    max_length : int, default=2000
        Maximum number of characters of a message.
    max_questions : int, default=2
        How often a route asks back before the router falls back.

    Attributes
    ----------
    classifier_, out_of_scope_ : estimators
        Fitted.
    routes_ : list of str

    Notes
    -----
    `fit` clones both estimators and fits them. Those that are fitted already are used
    as they are if `fit` is left out.

    Python cannot end a thread. A handler that exceeds its limit goes on in the
    background and its result is dropped; beyond 16 of these, handlers are not begun.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import TfidfVectorizer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> words = make_pipeline(TfidfVectorizer(), LogisticRegression())
    >>> router = MessageRouter(words, {"hi": "Hello!", "bye": "Goodbye!"}, "Pardon?")
    >>> router = router.fit(["hi", "hi there", "bye", "bye now"], ["hi", "hi", "bye", "bye"])
    >>> router.respond("hi!").text
    'Hello!'
    """

    def __init__(
        self,
        classifier: Any,
        handlers: Mapping[str, Handler | Callable[[str], str | Answer] | str],
        fallback: Handler | Callable[[str], str | Answer] | str,
        out_of_scope: Any = None,
        *,
        costs: Mapping[str, float] | None = None,
        timeout: float | None = 10.0,
        max_length: int = 2000,
        max_questions: int = 2,
    ) -> None:
        self.classifier = classifier
        self.handlers = handlers
        self.fallback = fallback
        self.out_of_scope = out_of_scope
        self.costs = costs
        self.timeout = timeout
        self.max_length = max_length
        self.max_questions = max_questions

    def fit(self, messages: Iterable[str], routes: object) -> MessageRouter:
        """Fit the classifier, and the detector if there is one.

        Parameters
        ----------
        messages : iterable of str
        routes : sequence of str or None
            None for a message out of scope, of which only a detector learns.

        Returns
        -------
        MessageRouter

        Raises
        ------
        InputTypeError, InputError
            If messages or routes cannot be used: a route with a single message, one
            without a handler, None without a detector.
        ParameterError
            If a parameter has an invalid value, or a handler has no route.
        """
        check_settings(self)
        check_order({"messages": messages, "routes": routes})
        texts, labels = check_texts(messages), check_routes(routes)
        inside = check_rows(texts, labels, self.out_of_scope)
        kept, known = [texts[n] for n in inside], [labels[n] for n in inside]
        check_handled(set(known), self.handlers)
        classifier = clone(self.classifier).fit(kept, np.array(known))
        detector = self.out_of_scope
        if detector is not None:
            detector = clone(detector).fit(texts, labels)
        self.classifier_, self.out_of_scope_ = classifier, detector
        self.routes_ = sorted(set(map(str, known)))
        self._fitted = hash_texts(texts)
        self._try_classifier(kept)
        return self

    def respond(self, message: str, conversation: Conversation | None = None) -> Reply:
        """Answer a message.

        Parameters
        ----------
        message : str
        conversation : Conversation, optional
            From the reply to the message before.

        Returns
        -------
        Reply

        Raises
        ------
        NotFittedError
            If neither the router nor its classifier is fitted.
        InputTypeError, InputError
            If the message is no text or too long, or the conversation is none.
        ParameterError
            If a parameter has an invalid value.
        """
        parts = self._parts()
        text = check_message(message, self.max_length)
        return Visit(parts, text, check_conversation(conversation)).reply()

    def route(self, messages: Iterable[str]) -> list[Decision]:
        """Decide which routes messages take, without calling any handler.

        Parameters
        ----------
        messages : iterable of str

        Returns
        -------
        list of Decision

        Raises
        ------
        NotFittedError, InputTypeError, InputError, ParameterError
            As for `respond`.
        """
        parts = self._parts()
        texts = [check_message(each, self.max_length) for each in check_texts(messages)]
        return decide(parts.classifier, parts.detector, texts)

    def evaluate(
        self, messages: Iterable[str], routes: object, level: float = 0.95
    ) -> RoutingReport:
        """Report on each route, on messages that were not in `fit`.

        Parameters
        ----------
        messages : iterable of str
            Those that were in `fit` are left out, and a warning says how many.
        routes : sequence of str or None
            The right route; None for a message out of scope.
        level : float between 0 and 1, default=0.95
            Confidence level of the intervals.

        Returns
        -------
        RoutingReport

        Raises
        ------
        InputError
            If all messages were in `fit`, or routes cannot be used.
        NotFittedError, InputTypeError, ParameterError
            As for `respond`.
        """
        parts = self._parts()
        check_order({"messages": messages, "routes": routes})
        texts, truth = check_texts(messages), check_routes(routes)
        if len(texts) != len(truth):
            raise InputError(
                f"Expected a route for each of {len(texts)} messages, got {len(truth)}."
            )
        if unknown := sorted({each for each in truth if each} - set(parts.handlers)):
            raise InputError(
                f"Expected routes out of {sorted(parts.handlers)[:20]}, or None for a message out "
                f"of scope, got {unknown[:20]}."
            )
        fitted = getattr(self, "_fitted", None)
        seen = (
            np.zeros(len(texts), bool)
            if fitted is None
            else np.isin(hash_texts(texts, False), fitted)
        )
        return report_on(
            self.route, texts, truth, seen, sorted(parts.handlers), level, fitted is not None
        )

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "classifier_")

    def _parts(self) -> Parts:
        """Return what is answered with, checked as `fit` does."""
        check_settings(self)
        classifier = getattr(self, "classifier_", self.classifier)
        detector = self.out_of_scope_ if self.__sklearn_is_fitted__() else self.out_of_scope
        for each in (classifier, detector):
            if each is not None:
                check_is_fitted(each)
        check_handled({str(each) for each in classifier.classes_}, self.handlers)
        return Parts(
            classifier,
            detector,
            {name: as_handler(given, name) for name, given in self.handlers.items()},
            as_handler(self.fallback, "fallback"),
            dict(self.costs or {}),
            self.timeout,
            self.max_questions,
        )

    def _try_classifier(self, texts: list[str]) -> None:
        """Warn of a classifier that never answers."""
        rows = np.unique(np.linspace(0, len(texts) - 1, _TRIED).astype(int))
        tried = self.classifier_.predict([texts[row] for row in rows])
        if not any(each in self.routes_ for each in tried):
            warn_user(
                f"The classifier abstains from all of {len(rows)} training messages that it was "
                "tried on: every message will get the fallback. Give it more rows, or allow it "
                "a greater error."
            )


def hash_texts(texts: Iterable[str], distinct: bool = True) -> np.ndarray:
    """Return a number for each text, the same whatever its case and white space."""
    plain = (" ".join(text.casefold().split()).encode("utf-8", "replace") for text in texts)
    numbers = [int.from_bytes(hashlib.blake2b(t, digest_size=8).digest(), "big") for t in plain]
    made = np.array(numbers, dtype=np.uint64)
    return np.unique(made) if distinct else made
