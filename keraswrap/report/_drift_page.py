"""Render a summary of drift as one HTML file, in the style of the report; it runs no script."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from keraswrap.report._page import read_template, static_policy, template_environment
from keraswrap.report._types import Summary

__all__ = ["render_drift"]

_TITLES = {
    "inputs_moved": "Inputs moved",
    "shares_moved": "Shares moved",
    "model_fails": "The model fails",
}
_KINDS = {"yes": "yes", "cannot be told without labels": "open"}


def render_drift(
    summary: Summary, title: str, needed: list[tuple[float, int | None]], facts_title: str
) -> str:
    """Render a summary of drift as one HTML page.

    Parameters
    ----------
    summary : mapping
        As `DriftReport.summary` returns it.
    title : str
    needed : list of (float, int or None)
        Drops of accuracy, and how many labels show them.
    facts_title : str

    Returns
    -------
    str
        HTML with its style inside. A content security policy allows that style alone.
    """
    style = read_template("report.css") + read_template("drift.css")
    statements = [
        {**one, "title": _TITLES[name], "kind": _KINDS.get(one["answer"], "none")}
        for name, one in summary["statements"].items()
    ]
    environment = template_environment()
    environment.filters["p_value"] = _p_value
    return environment.get_template("drift.html.j2").render(
        report=summary,
        title=title,
        statements=statements,
        accuracies=_accuracies(summary["accuracy"]),
        needed=needed,
        facts_title=facts_title,
        alpha=summary["alpha"] / summary["n_checks"],
        style=Markup(style),
        policy=static_policy(style),
    )


def _accuracies(found: dict[str, Any]) -> list[tuple[str, float, float, float]]:
    names = {"reference": "reference", "expected": "new, expected", "real": "new, by labels"}
    return [
        (title, found[name], found[f"{name}_low"], found[f"{name}_high"])
        for name, title in names.items()
        if found[name] is not None
    ]


def _p_value(value: float) -> str:
    """Write a p-value.

    Examples
    --------
    >>> _p_value(0.0342), _p_value(1e-9)
    ('0.034', '< 0.001')
    """
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"
