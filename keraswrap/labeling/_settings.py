"""Hold the settings of labeling, checked before anyone is asked. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real

from numpy.typing import ArrayLike

from keraswrap.exceptions import InputError, ParameterError

PROMISES = ("accepted", "all")


@dataclass(frozen=True)
class LabelingSettings:
    """How `label_texts` asks annotators and combines what they say.

    Parameters
    ----------
    classes : array-like of shape (k,), optional
        The possible labels. By default those of people, fitted classifiers and columns of
        labels.
    families : mapping of str to hashable, optional
        The family of each annotator, by its name; those left out are families of one. By
        default, classifiers that ask the same language model form a family, as do
        annotators that make more than half of their mistakes together; `LabelTable.annotators`
        has the result.
    prices : mapping of str to float, optional
        Price of an annotator's answer, by its name; ``"people"`` for a person's label.
        Language models have their own prices.
    promise : {"accepted", "all"}, default="accepted"
        What is promised: that at most `target_error` of the *accepted* labels are wrong, or
        of *all* rows once people have labeled the open ones. The latter accepts many more,
        since people's rows count as right.
    cv : int ≥ 2, default=5
        Folds in which classifiers are fitted and votes weighted without the rows that they
        are judged on.
    batch_size : int ≥ 1, default=64
        Rows that an annotator is asked about at a time; earlier batches are kept if it
        fails.
    random_state : int, default=0
        Seed of the folds and of the order in which rows are asked about.
    progress : bool or None, default=False
        Whether to show one progress bar for all annotators, with the cost so far; None does
        on a terminal. Language models show bars of their own unless they have
        ``progress=False``.

    Examples
    --------
    >>> LabelingSettings(promise="all").cv
    5
    """

    classes: ArrayLike | None = None
    families: Mapping[str, Hashable] | None = None
    prices: Mapping[str, float] | None = None
    promise: str = "accepted"
    cv: int = 5
    batch_size: int = 64
    random_state: int = 0
    progress: bool | None = False

    def __post_init__(self) -> None:
        if self.promise not in PROMISES:
            raise ParameterError(
                f"Expected promise to be one of {list(PROMISES)}, got {self.promise!r:.60}."
            )
        if self.progress not in (None, True, False):
            raise ParameterError(f"Expected progress as a bool or None, got {self.progress!r:.60}.")
        for name, least in (("cv", 2), ("batch_size", 1), ("random_state", 0)):
            check_whole(getattr(self, name), name, least)
        for name in ("families", "prices"):
            if not isinstance(getattr(self, name), Mapping | None):
                raise ParameterError(
                    f"Expected {name} as a dict by the names of annotators, got "
                    f"{getattr(self, name)!r:.60}."
                )
        for name, family in (self.families or {}).items():
            if not _is_hashable(family):
                raise ParameterError(
                    f"Expected families as texts or numbers, got {family!r:.60} for {name!r:.60}."
                )
        for name, price in (self.prices or {}).items():
            if not _is_price(price):
                raise ParameterError(
                    f"Expected prices as finite numbers ≥ 0, got {price!r:.60} for {name!r:.60}."
                )

    def check_names(self, names: list[str]) -> None:
        """Check that families and prices are those of known annotators.

        Parameters
        ----------
        names : list of str
            Names of the annotators.

        Raises
        ------
        InputError
            If a family or a price is that of another.
        """
        for setting, also in (("families", ()), ("prices", ("people",))):
            unknown = [name for name in getattr(self, setting) or {} if name not in names]
            unknown = [name for name in unknown if name not in also]
            if unknown:
                raise InputError(
                    f"Expected {setting} of the annotators {names!r:.200}, got "
                    f"{unknown[:3]!r:.100}. Use the names that the annotators have."
                )


def _is_hashable(value: object) -> bool:
    try:
        hash(value)  # a tuple is Hashable whatever it holds
    except TypeError:
        return False
    return True


def _is_price(value: object) -> bool:
    number = isinstance(value, Real) and not isinstance(value, bool)
    return number and 0 <= float(value) < float("inf")  # type: ignore[arg-type]


def check_whole(value: object, name: str, least: int) -> None:
    """Raise ParameterError unless a value is a whole number of at least `least`."""
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or int(value) < least:  # type: ignore[call-overload]
        raise ParameterError(f"Expected {name} as a whole number ≥ {least}, got {value!r:.60}.")
