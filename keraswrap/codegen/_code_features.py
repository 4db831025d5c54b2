"""A transformer whose columns are computed by source code, in the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from keraswrap._sandbox import Failure, Kind, Limits, find_isolation, find_kinds
from keraswrap.codegen._functions import (
    check_alone,
    check_functions,
    rows_to_check,
    run_functions,
)
from keraswrap.exceptions import InputError, InputTypeError, ParameterError

if TYPE_CHECKING:
    from sklearn.utils import Tags

__all__ = ["CodeFeatures"]

_MIB = 2**20


class CodeFeatures(TransformerMixin, BaseEstimator):
    r"""Compute columns of numbers by functions that a language model wrote, isolated.

    Each function is kept as text, and is only ever run in a process that the kernel
    isolates: without network, without files, other processes, or variables of the
    environment, and within limits of time and memory. That holds in `fit` and `transform`,
    and after the estimator was saved and loaded. Where the machine cannot isolate a
    process, nothing is run.

    Parameters
    ----------
    functions : dict of str to str
        Python by name of the column. The source of "area" defines a function ``area``,
        which takes a DataFrame and returns one number for each row. `np`, `pd`, `math` and
        `re` are there. Numbers and bools arrive as float64 with NaN for gaps, dates as
        ``datetime64[ns]`` in UTC, and all else as texts.
    seconds : int, default=30
        Wall time, and CPU time, that all functions together may take for a table. Starting
        the process takes about one second of it.
    memory : int, default=1024
        MiB that they may take, with Python and pandas, which take about 100.
    check_rows : int, default=20
        Rows of `fit` that are computed once more, each by itself in another process. A
        function that gives one of them another number than before uses other rows, or
        draws at random, and is refused. 0 checks nothing.

    Attributes
    ----------
    kinds_ : dict of str to {"number", "text", "date"}
        How each column arrives.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (d,)

    See Also
    --------
    PipelineWriter : Lets a language model write the functions, and keeps those that gain.

    Notes
    -----
    `y` is not read, and no function sees it. Infinite values become NaN.

    Isolated are files, network, processes, the environment and memory. Not covered are
    errors of the kernel, side channels such as timing, the use of a processor within the
    limits, and whether a file exists, where a function guesses its path. Read the functions
    before you rely on what they compute.

    Examples
    --------
    >>> from keraswrap.codegen import CodeFeatures
    >>> area = "def area(frame):\n    return frame['width'] * frame['height']\n"
    >>> features = CodeFeatures({"area": area}, seconds=5)
    >>> list(features.functions), features.memory
    (['area'], 1024)

    Where the kernel can isolate, ``features.fit_transform(X)`` then has a column of areas.
    """

    kinds_: dict[str, Kind]

    def __init__(
        self,
        functions: Mapping[str, str],
        *,
        seconds: int = 30,
        memory: int = 1024,
        check_rows: int = 20,
    ) -> None:
        self.functions = functions
        self.seconds = seconds
        self.memory = memory
        self.check_rows = check_rows

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.categorical = True
        tags.input_tags.two_d_array = True
        return tags

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:
        """Learn the kinds of the columns, and check that each row stands for itself.

        Parameters
        ----------
        X : DataFrame of shape (n, d)
        y : object
            Not read.

        Returns
        -------
        self

        Raises
        ------
        ParameterError, InputTypeError, InputError
            If a parameter or X cannot be used, or a function fails or uses other rows.
        IsolationError, MissingExtraError
            If this machine cannot isolate a process.
        """
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: pd.DataFrame, y: object = None) -> NDArray[np.float64]:
        """Fit, and return the columns of the same rows.

        Parameters
        ----------
        X : DataFrame of shape (n, d)
        y : object
            Not read.

        Returns
        -------
        ndarray of shape (n, n_functions), float64
        """
        functions, limits = check_functions(self.functions), self._limits()
        _check_frame(X)
        find_isolation()
        kinds = find_kinds(X)
        made = _run(functions, X, kinds, limits)
        if self.check_rows:
            rows = rows_to_check(len(X), self.check_rows)
            alone = _run(functions, X.iloc[rows], kinds, limits, by_row=True)
            check_alone(list(functions), made[rows], alone, rows)
        validate_data(self, X, skip_check_array=True, reset=True)
        self.kinds_ = kinds
        return made

    def transform(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Return the columns.

        Parameters
        ----------
        X : DataFrame of shape (n, d)
            With the columns of `fit`.

        Returns
        -------
        ndarray of shape (n, n_functions), float64

        Raises
        ------
        InputTypeError, InputError
            If X has other columns or kinds of values than in `fit`, or a function fails.
        IsolationError, MissingExtraError
            If this machine cannot isolate a process.
        """
        check_is_fitted(self)
        _check_frame(X)
        validate_data(self, X, skip_check_array=True, reset=False)
        return _run(check_functions(self.functions), X, self.kinds_, self._limits())

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Return the names of the functions.

        Parameters
        ----------
        input_features : object
            Not read.

        Returns
        -------
        ndarray of str, shape (n_functions,)
        """
        check_is_fitted(self)
        return np.array(list(self.functions), dtype=object)

    def _limits(self) -> Limits:
        for name, least in (("seconds", 1), ("memory", 128), ("check_rows", 0)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise ParameterError(
                    f"Expected {name} as a whole number of at least {least}, got {value!r:.60}."
                )
        return Limits(float(self.seconds), self.seconds, self.memory * _MIB)


def _check_frame(X: object) -> None:
    if not isinstance(X, pd.DataFrame):
        raise InputTypeError(
            f"Expected X as a DataFrame, whose columns functions know by name, got "
            f"{type(X).__name__}. Wrap it: pandas.DataFrame(X, columns=[...])."
        )
    if not len(X) or not X.shape[1]:
        raise InputError(f"Expected at least one row and one column, got X of shape {X.shape}.")


def _run(
    functions: Mapping[str, str],
    frame: pd.DataFrame,
    kinds: Mapping[str, Kind],
    limits: Limits,
    by_row: bool = False,
) -> NDArray[np.float64]:
    found = run_functions(functions, frame, kinds, limits, by_row=by_row)
    if isinstance(found, Failure):
        raise InputError(f"Expected functions that compute the columns, got: {found.message}")
    return found
