"""Draw the curve of errors and coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keraswrap._optional import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from keraswrap.selective._curve import RiskCoverageCurve

SEEN, CHOSEN, REST = "#0b6b62", "#e08a3c", "#9aa7b5"


def draw_curve(curve: RiskCoverageCurve, ax: Axes | None = None) -> Axes:
    """Draw errors against coverage, on axes of a figure of its own unless some are given."""
    axes = new_axes() if ax is None else ax
    axes.plot(curve.coverage, curve.error, color=SEEN, label="error seen")
    bound = f"upper bound of each, confidence {curve.confidence:g}"
    axes.plot(curve.coverage, curve.error_bound, ":", color=SEEN, label=bound)
    if curve.target_error is not None:
        axes.axhline(curve.target_error, ls="--", color=REST, label="target")
    if curve.chosen is not None and curve.chosen.n_answered:
        at = [curve.chosen.coverage], [curve.chosen.error]
        axes.plot(*at, "o", color=CHOSEN, label="chosen")
    axes.set(xlim=(0, 1), xlabel="share of rows answered", ylabel="share of answers wrong")
    axes.set_ylim(0, None)
    axes.legend(frameon=False)
    return axes


def new_axes() -> Axes:
    # Of no global state: pyplot would keep the figure.
    figure = require("matplotlib.figure", "plots").Figure(figsize=(6, 5), layout="constrained")
    return figure.add_subplot()
