"""How the fits of a cross-validation are run. Pure."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class RunSettings:
    """How `cross_val_predict_proba` runs its fits.

    Use one object if several calls should use the same settings; for a single call,
    pass them by keyword.

    Parameters
    ----------
    n_jobs : int, optional
        Worker processes.
    journal : str or path-like, optional
        File in which each finished fit is recorded, as for `GridSearchCV`.
    progress : bool, optional
        Whether to show a progress bar; by default on a terminal and in a notebook.
    verbose : int, default=0
        From 2 on, prints a line for each fit.
    pre_dispatch : int or str, default="2*n_jobs"
        As in scikit-learn.
    stack_fits : bool, default=True
        Whether fits of small nets are trained together, as for `GridSearchCV`.

    Examples
    --------
    >>> RunSettings(n_jobs=2).pre_dispatch
    '2*n_jobs'
    """

    n_jobs: int | None = None
    journal: str | os.PathLike[str] | None = None
    progress: bool | None = None
    verbose: int = 0
    pre_dispatch: int | str = "2*n_jobs"
    stack_fits: bool = True
