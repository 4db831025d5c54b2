"""When a model is trained again, and what shows that the new one is better. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from keraswrap.exceptions import ParameterError
from keraswrap.labeling._settings import check_whole
from keraswrap.selective._bounds import check_share

__all__ = ["RetrainingSettings"]

WHEN = ("drift", "always")
ASK_BY = ("unsure", "newest")


@dataclass(frozen=True)
class RetrainingSettings:
    """When `retrain_if` trains, how many labels it asks for, and when it replaces a model.

    Parameters
    ----------
    when : {"drift", "always"}, default="drift"
        Whether to train only if the monitor gives a sign of drift.
    alias : str, default="champion"
        Alias of the model in use. The one that it replaces gets the alias "previous".
    alpha : float in (0, 1), default=0.05
        Largest probability that a model in use is ever replaced by one that is no better,
        however often it is challenged.
    gain : float in (0, 1), default=0.05
        Smallest gain in accuracy that the test should show: the smaller, the more labels.
    differ : float in (0, 1), default=0.15
        Share of new rows on which one of the models is expected to do better than the other;
        at least `gain`. With `gain`, `alpha` and `power` it says how many labels to ask for,
        and has no effect on the test.
    power : float in (0, 1), default=0.8
        Probability that a model better by `gain` wins.
    test_share : float in (0, 1), default=0.5
        Share of the new rows that may be tested on, and never are trained on.
    n_train : int ≥ 1, default=200
        Number of labels to ask for to train on.
    ask_by : {"unsure", "newest"}, default="unsure"
        Which rows to train on are asked about first: those the model is least sure of, or
        the last ones.
    margin : float in (0, 1), default=0.02
        By how much the accuracy on held-out old rows may fall.
    veto : bool, default=False
        Whether the model is replaced only if the old rows show that their accuracy falls by
        less than `margin`.
    random_state : int ≥ 0, default=0
        Seed of the draw of rows. Keep it: with another seed, rows that were tested on may
        be trained on.

    Raises
    ------
    ParameterError
        If a value is out of range.

    Examples
    --------
    >>> RetrainingSettings(gain=0.1, differ=0.2).alpha
    0.05
    """

    when: str = "drift"
    alias: str = "champion"
    alpha: float = 0.05
    gain: float = 0.05
    differ: float = 0.15
    power: float = 0.8
    test_share: float = 0.5
    n_train: int = 200
    ask_by: str = "unsure"
    margin: float = 0.02
    veto: bool = False
    random_state: int = 0

    def __post_init__(self) -> None:
        for name, known in (("when", WHEN), ("ask_by", ASK_BY), ("veto", (True, False))):
            if getattr(self, name) not in known:
                raise ParameterError(
                    f"Expected {name} to be one of {list(known)}, got {getattr(self, name)!r:.60}."
                )
        for name in ("alpha", "gain", "differ", "power", "test_share", "margin"):
            check_share(getattr(self, name), name)
        check_whole(self.n_train, "n_train", 1)
        check_whole(self.random_state, "random_state", 0)
        if self.differ < self.gain:
            raise ParameterError(
                f"Expected differ of at least gain={self.gain}, got {self.differ}: models that "
                "rarely differ cannot differ much in accuracy. Raise it, or lower gain."
            )
