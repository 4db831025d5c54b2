"""Ask annotators about all rows, keep their answers, and stay within a budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import clone

from keraswrap.exceptions import BudgetError, warn_user
from keraswrap.labeling._annotators import MODEL, TRAINED, Annotator, read_answers
from keraswrap.labeling._rows import Texts

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["Answers", "Round", "ask_all", "train", "warn_of_problems"]


# Sums of prices are this near to a budget that they spend to the end: 3 · 0.1 > 0.3 in floats.
_ROUNDING = 1e-9


@dataclass(eq=False)
class Answers:
    """What annotators said.

    Parameters
    ----------
    proba : ndarray of shape (n, m, k)
        NaN where there is no answer.
    asked : ndarray of shape (n, m), bool
        Whether an annotator was asked about a row, answer or not.
    cost : ndarray of shape (n, m)
    problems : dict of str to str
        Why annotators failed, by name.
    outside : dict of str to int
        Number of labels that are none of the classes, by name.
    over_budget : bool
    """

    proba: np.ndarray
    asked: np.ndarray
    cost: np.ndarray
    problems: dict[str, str] = field(default_factory=dict)
    outside: dict[str, int] = field(default_factory=dict)
    over_budget: bool = False

    @classmethod
    def none(cls, n: int, m: int, k: int) -> Answers:
        """Return empty answers, before anyone is asked."""
        return cls(np.full((n, m, k), np.nan), np.zeros((n, m), bool), np.zeros((n, m)))


@dataclass(frozen=True, eq=False)
class Round:
    """The rows, classes, prices and budget of asking, and where answers go.

    Parameters
    ----------
    rows : Texts
    classes : ndarray of shape (k,)
    prices : mapping of str to float
        Price of an answer, by the name of the annotator.
    max_cost : float or None
    answers : Answers
        Where answers are kept.
    progress : bool or None
        Whether to show a bar; None shows one on a terminal.
    """

    rows: Texts
    classes: np.ndarray
    prices: Mapping[str, float]
    max_cost: float | None
    answers: Answers
    progress: bool | None = False

    def ask(self, number: int, who: Annotator, places: np.ndarray) -> None:
        """Ask an annotator about some rows, and keep its answers; note it if it fails."""
        texts, before = self.rows.take(places), _spent(who)
        try:
            if self._too_dear(who, texts):
                return self._ask_fewer(number, who, places)
            proba, outside = who.ask(texts, places, self.classes)
        except BudgetError:
            self.answers.over_budget = True
            return
        except Exception as error:
            self.answers.problems[who.name] = f"{type(error).__name__}: {error}"
            self._book(number, who, places, before)
            return
        self.answers.proba[places, number] = proba
        self.answers.asked[places, number] = True
        if outside:
            self.answers.outside[who.name] = self.answers.outside.get(who.name, 0) + outside
        self._book(number, who, places, before)

    def _ask_fewer(self, number: int, who: Annotator, places: np.ndarray) -> None:
        """Ask about as many of the first rows as the budget still pays for."""
        if len(places) > 1 and (who.kind != MODEL or not who.at_once):
            self.ask(number, who, places[: len(places) // 2])
            if not self.answers.over_budget and who.name not in self.answers.problems:
                self.ask(number, who, places[len(places) // 2 :])
        else:
            self.answers.over_budget = True

    def _book(self, number: int, who: Annotator, places: np.ndarray, before: float) -> None:
        spent = max(_spent(who) - before, 0.0) / len(places)
        told = self.prices.get(who.name, 0.0) * self.answers.asked[places, number]
        self.answers.cost[places, number] += spent + told

    def _too_dear(self, who: Annotator, texts: list[str]) -> bool:
        if self.max_cost is None:
            return False
        price = self.prices.get(who.name, 0.0) * len(texts)
        if who.kind == MODEL and any(who.source._asked.prices):  # type: ignore[attr-defined]
            price += who.source.estimate(texts).cost  # type: ignore[attr-defined]
        spent = float(self.answers.cost.sum())
        return price > 0 and spent + price > self.max_cost * (1 + _ROUNDING)

    def bar(self, total: int) -> tqdm[None]:
        """Return a progress bar for a number of rows."""
        from tqdm.auto import tqdm

        return tqdm(
            total=total,
            unit=" rows",
            disable=None if self.progress is None else not self.progress,
        )

    def tell(self, bar: tqdm[None], n: int) -> None:
        """Count rows in the bar, beside the cost so far."""
        if (cost := float(self.answers.cost.sum())) > 0:
            bar.set_postfix_str(f"cost {cost:.4g}", refresh=False)
        bar.update(n)

    def is_free(self, who: Annotator) -> bool:
        """Return whether an annotator has no price."""
        priced = who.kind == MODEL and any(who.source._asked.prices)  # type: ignore[attr-defined]
        return not priced and not self.prices.get(who.name, 0.0)


def _spent(who: Annotator) -> float:
    return float(who.source.cost_) if who.kind == MODEL else 0.0  # type: ignore[attr-defined]


def ask_all(
    what: Round, annotators: list[Annotator], first: np.ndarray, batch_size: int, seed: int
) -> None:
    """Ask every annotator about every row that has a text, in parts.

    Rows that people labeled come first, because nothing can be measured without them, then
    the others in random order, so that those within the budget are like the rest.

    Parameters
    ----------
    first : ndarray of shape (n,), bool
        People's rows.
    """
    there = what.rows.there
    rng = np.random.default_rng(seed)
    order = np.concatenate(
        [rng.permutation(np.flatnonzero(there & part)) for part in (first, ~first)]
    )
    if not len(order):
        return
    asked = [(n, who) for n, who in enumerate(annotators) if who.kind != TRAINED]
    with what.bar(len(order) * len(asked)) as bar:
        for number, who in asked:
            if who.at_once:
                what.ask(number, who, order)
                what.tell(bar, len(order))
        for places in _parts(order, batch_size):
            for number, who in asked:
                stopped = what.answers.over_budget and not what.is_free(who)
                if who.name not in what.answers.problems and not who.at_once and not stopped:
                    what.ask(number, who, places)
                    what.tell(bar, len(places))


def warn_of_problems(answers: Answers) -> None:
    """Warn of annotators that failed."""
    for name, problem in answers.problems.items():
        warn_user(
            f"Annotator {name!r} failed and is not asked again; its answers so far are kept. "
            f"{problem:.300}"
        )


def _parts(order: np.ndarray, size: int) -> Iterator[np.ndarray]:
    return (order[start : start + size] for start in range(0, len(order), size))


def train(what: Round, number: int, who: Annotator, truth: np.ndarray, folds: np.ndarray) -> None:
    """Fit a classifier on people's labels, and predict the rows they labeled out of fold.

    Parameters
    ----------
    truth : ndarray of shape (n,), int
        Index of the class that people gave; below 0 if there is none.
    folds : ndarray of shape (n,), int
        Fold of each row with a label, -1 for others.
    """
    known = (truth >= 0) & what.rows.there
    try:
        for fold in np.unique(folds[known]):
            _predict(what, (number, who), known & (folds != fold), known & (folds == fold), truth)
        _predict(what, (number, who), known, what.rows.there & ~known, truth)
    except Exception as error:  # some folds may have too few rows for it
        what.answers.problems[who.name] = f"{type(error).__name__}: {error}"
        what.answers.proba[:, number] = np.nan


def _predict(
    what: Round,
    one: tuple[int, Annotator],
    shown: np.ndarray,
    out: np.ndarray,
    truth: np.ndarray,
) -> None:
    number, who = one
    places = np.flatnonzero(out)
    labels = what.classes[truth[shown]]
    if not len(places) or len(np.unique(labels)) < 2:
        return
    fitted = clone(who.source).fit(what.rows.take(np.flatnonzero(shown)), labels)
    texts = what.rows.take(places)
    told = len(texts), who.name
    proba = np.asarray(fitted.predict_proba(texts))
    found = read_answers(proba, np.asarray(fitted.classes_), what.classes, told)[0]
    what.answers.proba[places, number] = found
    what.answers.asked[places, number] = True
    what.answers.cost[places, number] += what.prices.get(who.name, 0.0)
