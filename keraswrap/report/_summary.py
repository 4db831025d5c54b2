"""Summarize label issues and their rows as one dict, from which a page is made. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from keraswrap.exceptions import ParameterError
from keraswrap.issues import (
    LabelIssues,
    NoiseEstimates,
    ReviewEstimate,
    ReviewPlan,
    estimate_noise,
    review_plan,
)
from keraswrap.issues.corrections._variants import describe_variants, find_variants, show_labels
from keraswrap.report._aids import Aids
from keraswrap.report._alerts import find_alerts
from keraswrap.report._details import Details
from keraswrap.report._facets import describe_facets, read_facets
from keraswrap.report._measures import (
    count_pairs,
    count_qualities,
    measure_accuracy,
    measure_calibration,
    measure_gain,
)
from keraswrap.report._notes import RowNotes
from keraswrap.report._review import count_lists, describe_review, list_rows
from keraswrap.report._types import Summary
from keraswrap.report._worklist import build_worklist, exact

__all__ = ["Additions", "summarize"]

_FACTS = (
    *("data_hash", "model", "folds", "fits", "seconds", "seed", "score", "source", "versions"),
    "copies",
)
# Keys of the dict that compare_refit returns.
_REFIT = ("metric", "strategy", "before", "after", "random", "interval", "n_test", "n_changed")
_CELLS, _PAIRS = 20, 12


@dataclass(frozen=True)
class Additions:
    """What a report says besides the label issues.

    Parameters
    ----------
    title : str, optional
        ``"Label issues"`` by default.
    notes : RowNotes
        What is known of rows besides their labels.
    annotators : DataFrame, optional
        One row for each annotator.
    refit : mapping, optional
        Result of a refit: see `make_report`.
    details : Details, optional
        The user's own columns.
    aids : Aids
        Further aids for judging the rows.
    review : ReviewPlan or ReviewEstimate, optional
        Rows to judge first, or what judged ones imply. By default a plan of 30 rows.
    """

    title: str | None = None
    notes: RowNotes = field(default_factory=RowNotes)
    annotators: pd.DataFrame | None = None
    refit: Summary | None = None
    details: Details | None = None
    aids: Aids = field(default_factory=Aids)
    review: ReviewPlan | ReviewEstimate | None = None


def summarize(
    issues: LabelIssues, X: object = None, additions: Additions | None = None, **limits: int
) -> Summary:
    """Summarize label issues as plain values, for the report.

    Parameters
    ----------
    X : rows, optional
    additions : Additions, optional
    **limits : int
        ``max_rows`` and ``max_characters`` of the worklist.

    Returns
    -------
    dict
        JSON-compatible: only dicts, lists, strings, finite numbers, booleans and
        None.
    """
    more = additions or Additions()
    codes, noise = issues.codes, estimate_noise(issues)
    plan, known = _open_review(issues, more.review)
    p_wrong = known.p_wrong if known is not None and known.judged else noise.p_wrong
    told = (p_wrong, plan.rows)
    work = build_worklist(issues, X, more.notes, told, more.details, **limits)
    shown, lists = np.asarray(work["position"], dtype=int), list_rows(issues, noise, known)
    work["list"] = lists[shown].tolist()
    facets = [*read_facets(more.details), *more.aids.facets()]
    summary: dict[str, object] = {
        "title": more.title or "Label issues",
        "facts": _facts(issues),
        "id_column": None if more.details is None else more.details.id_column,
        "classes": show_labels(issues.classes),
        "variants": describe_variants(find_variants(issues.given)),
        "labels": [exact(label) for label in issues.classes],
        **measure_accuracy(issues.proba, codes),
        "calibration": measure_calibration(issues.proba, codes),
        "quality": count_qualities(issues.quality, issues.is_issue),
        "noise": _noise(issues, noise),
        "review": describe_review(plan, known, noise, shown),
        "lists": count_lists(lists),
        "gain": measure_gain(p_wrong, noise.order),
        "refit": None if more.refit is None else _refit(more.refit),
        "annotators": None if more.annotators is None else _frame(more.annotators),
        "worklist": work,
        "facets": describe_facets(facets, issues.is_issue, shown),
        **more.aids.show(shown),
    }
    return {**summary, "alerts": find_alerts(summary, more.notes.alerts)}


def _open_review(
    issues: LabelIssues, review: ReviewPlan | ReviewEstimate | None
) -> tuple[ReviewPlan, ReviewEstimate | None]:
    if isinstance(review, ReviewEstimate):
        return review.plan, review
    return review_plan(issues) if review is None else review, None


def _facts(issues: LabelIssues) -> dict[str, object]:
    told = {name: _plain_tree(issues.provenance.get(name)) for name in _FACTS}
    known = issues.provenance.get("out_of_sample")
    return {
        "rows": len(issues),
        "issues": issues.n_issues,
        "out_of_sample": None if known is None else bool(known),
        **told,
        "data_hash": str(told["data_hash"] or ""),
    }


def _noise(issues: LabelIssues, noise: NoiseEstimates) -> dict[str, object]:
    codes, k = issues.codes, len(issues.classes)
    suggested = np.searchsorted(issues.classes, issues.suggested)
    flagged = count_pairs(codes, suggested, issues.is_issue, k)
    joint = np.asarray(noise.joint, dtype=float)
    names = dict(zip(issues.classes.tolist(), show_labels(issues.classes), strict=True))
    return {
        "errors": dict(zip(("estimate", "low", "high"), map(float, noise.n_errors), strict=True)),
        "by_class": noise.by_class,
        "reason": noise.reason,
        "per_class": _per_class(noise.per_class.rename(index=names), flagged.sum(axis=1)),
        "heatmap": _heatmap(joint, flagged, count_pairs(codes, suggested, codes >= 0, k)),
        "overlaps": [
            {"class_1": names[a], "class_2": names[b], "share": float(share)}
            for a, b, share in noise.overlaps[["class_1", "class_2", "share"]].values[:_PAIRS]
        ],
    }


def _per_class(frame: pd.DataFrame, flagged: np.ndarray) -> list[dict[str, object]]:
    columns = (frame[name].to_numpy() for name in ("n", "share_wrong", "low", "high"))
    return [
        {
            "class": str(label),
            "n": int(n),
            "share": _number(share) or 0.0,
            "low": _number(low) or 0.0,
            "high": _number(high) or 0.0,
            "flagged": int(marked),
        }
        for label, n, share, low, high, marked in zip(frame.index, *columns, flagged, strict=True)
    ]


def _heatmap(joint: np.ndarray, flagged: np.ndarray, rows: np.ndarray) -> dict[str, object]:
    """Return the classes confused most, and how often each pair of them is confused."""
    mixed = flagged + flagged.T
    most = np.argsort(-mixed.sum(axis=1) + mixed.diagonal(), kind="stable")[:_CELLS]
    shown = np.sort(most)
    cells = np.ix_(shown, shown)
    counts = np.where(np.eye(len(shown), dtype=bool), rows[cells], flagged[cells])
    return {
        "classes": shown.tolist(),
        "largest": int(np.where(np.eye(len(shown), dtype=bool), 0, counts).max()),
        "flagged": counts.tolist(),
        "estimated": np.round(joint[cells] * rows.sum(), 1).tolist(),
    }


def _refit(refit: Summary) -> dict[str, object]:
    unknown = sorted(set(refit) - set(_REFIT))
    if unknown or not {"before", "after"} <= set(refit):
        raise ParameterError(
            f"Expected refit with before and after, and at most {', '.join(_REFIT)}, got "
            f"{sorted(refit)}. Leave out what is not known."
        )
    return {name: _plain_tree(refit.get(name)) for name in _REFIT}


def _frame(annotators: pd.DataFrame) -> dict[str, object]:
    frame = pd.DataFrame(annotators)
    return {
        "columns": [str(name) for name in frame.columns],
        "rows": [
            {"name": str(name), "values": [_plain_tree(v) for v in values]}
            for name, values in zip(frame.index, frame.itertuples(index=False), strict=True)
        ],
    }


def _plain_tree(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name): _plain_tree(part) for name, part in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain_tree(part) for part in value]
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or isinstance(value, bool | int | str):
        return value
    return value if isinstance(value, float) and np.isfinite(value) else str(value)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
