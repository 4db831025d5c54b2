"""Save plots of a report's content as files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._optional import require
from keraswrap._tables import check_new, new_file
from keraswrap.report._types import Summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PLOTS", "save_plots"]

_GIVEN, _SUGGESTED, _REST = "#e08a3c", "#0b6b62", "#9aa7b5"
_NAME = 24


def save_plots(
    summary: Summary, folder: str | os.PathLike[str], overwrite: bool = False
) -> list[Path]:
    """Draw the noise heatmap, calibration, qualities and the gain of reviewing.

    Parameters
    ----------
    summary : mapping
        As returned by `summarize`.
    folder : path
        Created if it does not exist; its parent must exist.
    overwrite : bool, default=False
        Whether existing files may be overwritten.

    Returns
    -------
    list of Path
        PNG files, named for `PLOTS`.

    Raises
    ------
    InputError
        If a file exists and `overwrite` is False, or `folder` is a file; nothing is
        written then.
    MissingExtraError
        If matplotlib is not installed.
    StorageError
        If the folder cannot be created or written.
    """
    figures = require("matplotlib.figure", "plots")
    folder = Path(folder)
    paths = {name: folder / f"{name}.png" for name in PLOTS}
    if not folder.is_dir():
        check_new(folder).mkdir()
    for path in paths.values():
        check_new(path, overwrite)
    for name, draw in PLOTS.items():
        figure = figures.Figure(figsize=(6, 5), layout="constrained")
        draw(figure.add_subplot(), summary)
        with new_file(paths[name], overwrite) as draft:
            figure.savefig(draft, format="png", dpi=150)
    return list(paths.values())


def _plain(name: str) -> str:
    # matplotlib would typeset text between two dollar signs as a formula.
    return (name if len(name) <= _NAME else name[: _NAME - 1] + "…").replace("$", r"\$")


def _draw_heatmap(axes: Axes, summary: Summary) -> None:
    heat = summary["noise"]["heatmap"]
    share = np.array(heat["estimated"])
    np.fill_diagonal(share, np.nan)
    names = [_plain(summary["classes"][code]) for code in heat["classes"]]
    image = axes.imshow(share, cmap="YlGnBu", vmin=0)
    axes.figure.colorbar(image, label="rows, estimated")
    axes.set_xticks(range(len(names)), names, rotation=90 if len(names) > 4 else 0)
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="thought to be", ylabel="given label", title="Label noise")
    if len(names) <= 10:
        middle = np.nanmax(share) / 2
        for (row, column), value in np.ndenumerate(share):
            if np.isfinite(value):
                ink = "white" if value > middle else "black"
                axes.text(column, row, f"{value:,.0f}", ha="center", va="center", color=ink)


def _draw_calibration(axes: Axes, summary: Summary) -> None:
    bins = summary["calibration"]["bins"]
    size = [20 + 300 * (b["n"] / summary["facts"]["rows"]) for b in bins]
    axes.plot([0, 1], [0, 1], "--", color=_REST)
    sure, agrees = ([b[name] for b in bins] for name in ("confidence", "accuracy"))
    axes.scatter(sure, agrees, s=size, color=_SUGGESTED)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="how sure the model is", ylabel="how often it agrees")
    axes.set_title(f"Calibration, error {summary['calibration']['error']:.3f}")


def _draw_qualities(axes: Axes, summary: Summary) -> None:
    counts = summary["quality"]
    edges = np.arange(len(counts["all"])) / len(counts["all"])
    for name, color, label in (("all", _REST, "all"), ("issues", _GIVEN, "suspected")):
        axes.bar(edges, counts[name], 0.045, align="edge", color=color, label=label)
    axes.set_yscale("symlog", linthresh=10)
    axes.set(xlabel="label quality", ylabel="rows", title="Quality of the labels")
    axes.legend(frameon=False)


def _draw_gain(axes: Axes, summary: Summary) -> None:
    gain, errors = summary["gain"], summary["noise"]["errors"]["estimate"]
    axes.plot(gain["reviewed"], gain["errors"], color=_SUGGESTED, label="worst first")
    ends = [0, summary["facts"]["rows"]], [0, gain["errors"][-1]]
    axes.plot(*ends, "--", color=_REST, label="in any order")
    axes.set(xlabel="rows reviewed", ylabel="errors found, expected", ylim=(0, None))
    axes.set_title(f"What reviewing finds, of about {errors:,.0f} errors")
    axes.legend(frameon=False)


PLOTS: dict[str, Callable[[Axes, Summary], None]] = {
    "noise": _draw_heatmap,
    "calibration": _draw_calibration,
    "quality": _draw_qualities,
    "gain": _draw_gain,
}
