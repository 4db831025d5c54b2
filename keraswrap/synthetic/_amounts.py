"""Decide how many texts each class gets. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from keraswrap.exceptions import ParameterError
from keraswrap.synthetic._training_rows import TrainingRows, check_whole

__all__ = ["Amount", "check_amount", "count_texts"]

Amount = str | int | Mapping[object, int]


def check_amount(n: object) -> None:
    """Raise ParameterError unless `n` says how many texts to make.

    Examples
    --------
    >>> check_amount("balance"), check_amount({"bad": 3})
    (None, None)
    """
    if isinstance(n, Mapping):
        for label, many in n.items():
            check_whole(f"n of the class {label!r:.60}", many, 0)
    elif isinstance(n, str):
        if n != "balance":
            raise ParameterError(f"Expected n as 'balance', a number or a dict, got {n!r:.60}.")
    else:
        check_whole("n", n, 0)


def count_texts(n: Amount, rows: TrainingRows) -> dict[object, int]:
    """Return how many texts each class gets, without classes that get none.

    Parameters
    ----------
    n : "balance", int or dict of label to int
        "balance" brings each class up to the number of rows of the largest; a number is for
        every class.
    rows : TrainingRows

    Raises
    ------
    ParameterError
        If a dict names something that is no class.

    Examples
    --------
    >>> from keraswrap.synthetic._training_rows import read_rows
    >>> rows = read_rows(["It broke.", "Good.", "Fine.", "Superb!"], ["bad"] + ["good"] * 3)
    >>> count_texts("balance", rows), count_texts(2, rows), count_texts({"good": 1}, rows)
    ({'bad': 2}, {'bad': 2, 'good': 2}, {'good': 1})
    """
    check_amount(n)
    counts = Counter(rows.labels.tolist())
    if isinstance(n, Mapping):
        wanted = {rows.find_class(label): int(many) for label, many in n.items()}
    elif isinstance(n, str):
        most = max(counts.values())
        wanted = {label: most - counts[label] for label in rows.classes.tolist()}
    else:
        wanted = {label: int(n) for label in rows.classes.tolist()}
    return {label: many for label, many in wanted.items() if many}
