"""What is recorded of a finished search, as plain values. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from keraswrap._fingerprint import fingerprint
from keraswrap._versions import find_version
from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.model_selection._search_base import label_key
from keraswrap.tracking._described import class_name, describe_params

if TYPE_CHECKING:
    from keraswrap.issues import LabelIssues

__all__ = ["check_search", "record_search", "summarize_issues"]

_PACKAGES = (
    *("keraswrap", "keras", "tensorflow", "torch", "jax", "scikit-learn", "numpy", "scipy"),
    *("pandas", "cleanlab", "transformers", "keras-hub"),
)
_SPLIT = re.compile(r"split(\d+)_((?:test|train)_.+)")
# Most pairs of a given and a suggested label.
_PAIRS = 20


def check_search(search: object) -> None:
    """Raise unless this is a search that was fitted.

    Raises
    ------
    InputTypeError
        If it is no search.
    NotFittedError
        If it was not fitted.
    """
    if not (hasattr(search, "estimator") and hasattr(search, "scoring") and hasattr(search, "cv")):
        raise InputTypeError(
            f"Expected a search such as GridSearchCV or RandomizedSearchCV, got {search!r:.80}."
        )
    if not hasattr(search, "cv_results_"):
        raise NotFittedError(
            f"Expected a fitted search, got this {type(search).__name__} before fit. Call "
            "fit first."
        )


def record_search(
    search: BaseEstimator, X: object, y: object, label_issues: LabelIssues | None
) -> dict[str, object]:
    """Record a fitted search; see `track_search` for what is in it.

    Raises
    ------
    InputError
        If y is not what the search was fitted on.
    """
    settings = {k: v for k, v in search.get_params(deep=False).items() if k != "estimator"}
    params = search.estimator.get_params(deep=True)
    return {
        "search": {"class": class_name(search), "settings": describe_params(settings)},
        "estimator": {"class": class_name(search.estimator), "params": describe_params(params)},
        "candidates": _candidates(search.cv_results_),
        "best": _best(search),
        "n_splits": int(search.n_splits_),
        "n_fits": _whole(getattr(search, "n_fits_", None)),
        "curves": find_curves(getattr(search, "best_estimator_", None)),
        "label_issues": None if label_issues is None else summarize_issues(label_issues),
        "data": _describe_data(search, X, y),
        "seeds": find_seeds({**settings, **{f"estimator__{k}": v for k, v in params.items()}}),
        "versions": {name: v for name in _PACKAGES if (v := find_version(name))},
        "seconds": _seconds(search),
    }


def _candidates(results: Mapping[str, np.ndarray]) -> list[dict[str, object]]:
    folds: dict[str, dict[int, str]] = {}
    for key in results:
        if found := _SPLIT.fullmatch(key):
            folds.setdefault(found[2], {})[int(found[1])] = key
    return [
        {
            "params": describe_params(params),
            "scores": {
                metric: {
                    "mean": _number(results[f"mean_{metric}"][n]),
                    "std": _number(results[f"std_{metric}"][n]),
                    "folds": [_number(results[key][n]) for _, key in sorted(keys.items())],
                    **_rank(results, metric, n),
                }
                for metric, keys in folds.items()
            },
            "fit_seconds": _number(results["mean_fit_time"][n]),
            "score_seconds": _number(results["mean_score_time"][n]),
        }
        for n, params in enumerate(results["params"])
    ]


def _rank(results: Mapping[str, np.ndarray], metric: str, n: int) -> dict[str, int]:
    ranks = results.get(f"rank_{metric}")
    return {} if ranks is None else {"rank": int(ranks[n])}


def _best(search: BaseEstimator) -> dict[str, object] | None:
    if not hasattr(search, "best_index_"):
        return None
    return {
        "index": int(search.best_index_),
        "params": describe_params(search.best_params_),
        "score": _number(getattr(search, "best_score_", math.nan)),
        "refit": search.refit if isinstance(search.refit, str) else None,
    }


def find_curves(estimator: object) -> dict[str, list[float | None]]:
    """Return the learning curves of a net, also of one in a pipeline or in another estimator."""
    for _ in range(10):
        history = getattr(estimator, "history_", None)
        if isinstance(history, Mapping):
            return {str(k): [_number(v) for v in values] for k, values in history.items()}
        steps = getattr(estimator, "steps", None)
        inner = steps[-1][1] if steps else getattr(estimator, "estimator_", None)
        estimator = getattr(estimator, "estimator", None) if inner is None else inner
    return {}


def find_seeds(params: Mapping[str, object]) -> dict[str, object]:
    """Return what parameters say of seeds: their own, and those of splitters among them."""
    seeds = {k: v for k, v in params.items() if k.rpartition("__")[2] in ("random_state", "seed")}
    for name, value in params.items():
        if name.rpartition("__")[2] == "cv" and hasattr(value, "random_state"):
            seeds[f"{name}__random_state"] = value.random_state
    return describe_params(seeds)


def _seconds(search: BaseEstimator) -> dict[str, float | None]:
    results, folds = search.cv_results_, search.n_splits_
    return {
        "fits": _number(np.nansum(results["mean_fit_time"]) * folds),
        "scores": _number(np.nansum(results["mean_score_time"]) * folds),
        "refit": _number(getattr(search, "refit_time_", math.nan)),
    }


def _describe_data(search: BaseEstimator, X: object, y: object) -> dict[str, object]:
    known = getattr(search, "_of_labels", None)
    if y is not None and known is not None and label_key(y) != known:
        raise InputError(
            "Expected the y that the search was fitted on, got other labels or another order. Pass "
            "the same y, or leave it out."
        )
    data = {"X": _hash(X), "y": known if y is None else label_key(y)}
    given = [name for name, value in (("X", X), ("y", y)) if value is not None]
    of = f"{' and '.join(given)} as passed to track_search" if given else ""
    if y is None and known is not None:
        of = f"{of}; y of the search" if of else "y of the search"
    return {
        **data,
        "hash": fingerprint(data) if any(data.values()) else None,
        "of": of or "nothing: X and y were not passed",
        "n_rows": _rows(X if y is None else y),
    }


def _hash(X: object) -> str | None:
    return None if X is None else fingerprint(X)


def _rows(values: object) -> int | None:
    shape = getattr(values, "shape", None)
    if shape:
        return int(shape[0])
    return len(values) if isinstance(values, list | tuple) else None


def summarize_issues(issues: LabelIssues) -> dict[str, object]:
    """Summarize label issues: how many, in which classes, and taken for what.

    Raises
    ------
    InputTypeError
        If these are no label issues.
    """
    from keraswrap.issues.labels import LabelIssues

    if not isinstance(issues, LabelIssues):
        raise InputTypeError(
            f"Expected issues from find_label_issues, got {type(issues).__name__}. Pass its result "
            "unchanged."
        )
    labels = [str(label) for label in issues.classes]
    rows = [int((issues.given == label).sum()) for label in issues.classes]
    found = [int(issues.is_issue[issues.given == label].sum()) for label in issues.classes]
    return {
        "n_rows": len(issues),
        "n_issues": issues.n_issues,
        "classes": [
            {"label": label, "rows": n, "issues": k}
            for label, n, k in zip(labels, rows, found, strict=True)
        ],
        "pairs": _pairs(issues),
        "provenance": describe_params(dict(issues.provenance)),
    }


def _pairs(issues: LabelIssues) -> list[dict[str, object]]:
    pairs: dict[tuple[str, str], int] = {}
    for given, suggested in zip(
        issues.given[issues.is_issue], issues.suggested[issues.is_issue], strict=True
    ):
        key = (str(given), str(suggested))
        pairs[key] = pairs.get(key, 0) + 1
    most = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))[:_PAIRS]
    return [{"given": given, "suggested": to, "rows": n} for (given, to), n in most]


def _number(value: object) -> float | None:
    number = float(value)  # type: ignore[arg-type]
    return number if math.isfinite(number) else None


def _whole(value: object) -> int | None:
    return None if value is None else int(value)  # type: ignore[call-overload]
