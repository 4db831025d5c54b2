"""Tables that are drawn at random from a description, and are marked as such. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit

from keraswrap._made_tables.column import SyntheticColumn
from keraswrap._versions import find_version
from keraswrap.exceptions import InputTypeError, ParameterError

__all__ = ["make_synthetic_purchases", "make_synthetic_table"]


def make_synthetic_table(
    columns: Sequence[SyntheticColumn],
    n_rows: int = 1000,
    *,
    target: str = "target",
    classes: Sequence[str] | None = ("no", "yes"),
    share: float = 0.5,
    noise: float = 1.0,
    name: str = "table",
    random_state: int = 0,
) -> pd.DataFrame:
    """Draw a table at random from a description of its columns.

    It holds what was described and describes nobody: use it to try things out, not to
    learn about people. It is marked as synthetic in its `attrs`.

    Parameters
    ----------
    columns : sequence of SyntheticColumn
        With different names. Values are drawn independently of each other.
    n_rows : int, default=1000
    target : str, default="target"
        Name of the last column, which follows from the others by their effects.
    classes : sequence of two str, or None, default=("no", "yes")
        None makes the target a number.
    share : float in (0, 1), default=0.5
        Expected share of the second class.
    noise : float, default=1.0
        Standard deviation of what is added at random to a target of numbers.
    name : str, default="table"
        Kept as ``synthetic_table``.
    random_state : int, default=0

    Returns
    -------
    DataFrame of shape (n_rows, len(columns) + 1)
        `attrs` holds synthetic (True), name, description, columns, target, random_state and
        the versions of keraswrap and numpy.

    Raises
    ------
    InputTypeError, ParameterError
        If an argument cannot be used.

    Notes
    -----
    The log-odds of the second class are the sum of all effects and a constant, which is
    chosen so that the mean probability is `share`. Gaps are drawn afterwards, whatever the
    values are.

    Examples
    --------
    >>> columns = [SyntheticColumn("age", low=18, high=80, whole=True, missing=0.2, effect=1.0)]
    >>> table = make_synthetic_table(columns, n_rows=3, target="buys", random_state=3)
    >>> table
        age buys
    0  23.0   no
    1   NaN  yes
    2  68.0  yes
    >>> table.attrs["synthetic"], table.attrs["name"]
    (True, 'synthetic_table')
    """
    columns = _listed(columns)
    _check(columns, n_rows, target, classes, share, noise, random_state)
    rng = np.random.default_rng(random_state)
    drawn = [column.draw(n_rows, rng) for column in columns]
    added = np.sum([effect for _, effect in drawn], axis=0)
    if classes is None:
        answer: pd.Series = pd.Series(added + noise * rng.normal(size=n_rows))
    else:
        answer = pd.Series(_draw_classes(added, classes, share, rng))
    made = {}
    for column, (values, _) in zip(columns, drawn, strict=True):
        gaps = rng.random(n_rows) < column.missing
        made[column.name] = values.mask(gaps) if column.missing else values
        if column.whole and not column.missing:
            made[column.name] = made[column.name].astype(np.int64)
    frame = pd.DataFrame({**made, target: answer})
    frame.attrs = {
        "synthetic": True,
        "name": f"synthetic_{name}",
        "description": "Drawn at random from the description in columns; it describes nobody.",
        "columns": [_plain(column) for column in columns],
        "target": target,
        "random_state": int(random_state),
        "versions": {each: find_version(each) for each in ("keraswrap", "numpy")},
    }
    return frame


def _plain(column: SyntheticColumn) -> dict[str, object]:
    """Return a description as JSON can hold it."""
    told = asdict(column)
    return {key: list(value) if isinstance(value, tuple) else value for key, value in told.items()}


def _draw_classes(
    added: np.ndarray, classes: Sequence[str], share: float, rng: np.random.Generator
) -> np.ndarray:
    far = float(np.abs(added).max()) + 40
    constant = brentq(lambda c: float(expit(added + c).mean()) - share, -far, far)
    second = rng.random(len(added)) < expit(added + constant)
    return np.where(second, classes[1], classes[0])


def _listed(columns: object) -> list[SyntheticColumn]:
    listed = list(columns) if isinstance(columns, Iterable) else []
    if not listed or not all(isinstance(one, SyntheticColumn) for one in listed):
        raise InputTypeError(f"Expected columns as a list of SyntheticColumn, got {columns!r:.80}.")
    return listed


def _check(
    columns: Sequence[SyntheticColumn],
    n_rows: int,
    target: str,
    classes: Sequence[str] | None,
    share: float,
    noise: float,
    random_state: int,
) -> None:
    if not isinstance(target, str) or not target:
        raise ParameterError(f"Expected target as a text, got {target!r:.60}.")
    names = [*(one.name for one in columns), target]
    if len(set(names)) < len(names):
        raise ParameterError(f"Expected columns and target with different names, got {names}.")
    for what, value, least in (("n_rows", n_rows, 1), ("random_state", random_state, 0)):
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
            raise ParameterError(
                f"Expected {what} as a whole number of at least {least}, got {value!r:.60}."
            )
    two = classes is None or (not isinstance(classes, str) and len(set(classes)) == 2)
    if not two or (classes is not None and len(classes) != 2):
        raise ParameterError(f"Expected two different classes, or None, got {classes!r:.60}.")
    if not isinstance(share, float | np.floating) or not 0 < share < 1:
        raise ParameterError(f"Expected share between 0 and 1, got {share!r:.60}.")
    if not isinstance(noise, int | float | np.number) or not 0 <= noise < math.inf:
        raise ParameterError(f"Expected noise from 0 on, got {noise!r:.60}.")


_PURCHASES = (
    SyntheticColumn("age", low=18, high=80, whole=True, missing=0.08, effect=-0.5),
    SyntheticColumn(
        "income", low=12_000, high=150_000, whole=True, skewed=True, missing=0.15, effect=1.0
    ),
    SyntheticColumn(
        "education",
        categories=("none", "school", "bachelor", "master"),
        shares=(0.15, 0.45, 0.28, 0.12),
        missing=0.05,
        effect=(-0.6, -0.2, 0.4, 0.8),
    ),
    SyntheticColumn(
        "marital status",
        categories=("single", "married", "divorced", "widowed"),
        shares=(0.35, 0.45, 0.14, 0.06),
        missing=0.1,
        effect=(0.3, 0.0, -0.4, -0.2),
    ),
)


def make_synthetic_purchases(n_rows: int = 1000, *, random_state: int = 0) -> pd.DataFrame:
    """Draw a synthetic table of customers with gaps: who buys, by age, income and more.

    Parameters
    ----------
    n_rows : int, default=1000
    random_state : int, default=0

    Returns
    -------
    DataFrame of shape (n_rows, 5)
        Columns age (18 to 80, 8% missing), income (12,000 to 150,000, skewed, 15%
        missing), education (4 categories, 5% missing), marital status (4 categories, 10%
        missing) and purchase ("no", or "yes" in about 30% of the rows). `attrs` says that it
        is synthetic, and how it was made; see :func:`make_synthetic_table`.

    Examples
    --------
    >>> table = make_synthetic_purchases(200)
    >>> table.attrs["name"], table["purchase"].value_counts().to_dict()
    ('synthetic_purchases', {'no': 145, 'yes': 55})
    """
    return make_synthetic_table(
        _PURCHASES,
        n_rows,
        target="purchase",
        share=0.3,
        name="purchases",
        random_state=random_state,
    )
