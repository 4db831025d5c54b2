"""Plot what was measured against the peers in one picture, ``speed.png``."""

from __future__ import annotations

import json

import bench_article
import bench_dense
import bench_growth
import bench_refits
import bench_throughput
from common import HERE
from harness import figures, median

PICTURE = HERE / "speed.png"
OURS, THEIRS, THIRD = "#0b7285", "#adb5bd", "#e8590c"


def colour(side):
    return OURS if side.startswith("ours") else THEIRS


def bars(axes, names, values, colours, unit, title):
    """Draw one bar per side, the first on top, each with its value beside it."""
    drawn = axes.barh(names, values, color=colours)
    axes.bar_label(drawn, [short(value) for value in values], padding=3, fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set(title=title, xlabel=unit)


def short(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def article(axes, results):
    """Draw seconds at the size at which every peer was measured."""
    rows = results["settings"]["rows"][-1]
    sides = [("ours", {}, "keraswrap")]
    for peer, name in bench_article.PEERS.items():
        sides.append((peer, {"mode": "defaults"}, name))
        sides.append((peer, {"mode": "ours"}, f"{name}, our precision"))
    found = [
        (name, median(results, "total", side=side, rows=rows, **what), side)
        for side, what, name in sides
    ]
    names, values, drawn = zip(*[row for row in found if row[1]], strict=True)
    title = f"The article's job, {rows} reviews"
    bars(axes, names, values, [colour(side) for side in drawn], "seconds", title)


def dense(axes, results):
    rows = [
        (name, 1e3 * median(results, "seconds_a_fit", side=side), colour(side))
        for side, name in bench_dense.SHORT.items()
        if figures(results, "fits", side=side)
    ]
    bars(axes, *zip(*rows, strict=True), "milliseconds a fit", "Search over a small dense net")


def throughput(axes, results):
    """Draw the training rates at the first length."""
    length = results["settings"]["lengths"][0]
    rows = []
    for precision, short in bench_throughput.PRECISIONS.items():
        for side, name in bench_throughput.SIDES.items():
            rate = median(results, "train", side=side, length=length, precision=precision)
            if rate:
                rows.append((f"{name}, {short}", rate, colour(side)))
    title = f"Fine-tuning MiniLM, {length} tokens"
    bars(axes, *zip(*rows, strict=True), "examples a second", title)


def refits(axes, results):
    """Draw the growth of memory since the first fits."""
    for side, name in bench_refits.SIDES.items():
        for memory in figures(results, "mb", side=side)[-1:]:
            first = next(iter(memory.values()))
            style = {"color": OURS, "zorder": 3} if side == "ours" else {"linestyle": "--"}
            grown = [value - first for value in memory.values()]
            axes.plot([int(n) for n in memory], grown, label=name, **style)
    axes.set(title="Memory over fits in one process", xlabel="fits", ylabel="MB more than at first")
    axes.legend(frameon=False)


def growth(axis):
    def draw(axes, results):
        styles = {"ours": OURS, "mlp": THIRD, "keras": THEIRS}
        for side, name in bench_growth.SIDES.items():
            if points := bench_growth.curve(results, side, axis):
                axes.loglog(*zip(*points, strict=True), "o-", label=name, color=styles[side])
        sizes = results["settings"][axis]
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.minorticks_off()
        axes.set(title=f"Seconds by {axis}", xlabel=axis, ylabel="seconds")
        axes.legend(frameon=False)

    return draw


PANELS = (
    (bench_article, article),
    (bench_dense, dense),
    (bench_throughput, throughput),
    (bench_refits, refits),
    (bench_growth, growth("rows")),
    (bench_growth, growth("candidates")),
)


def main(path=PICTURE):
    """Draw a panel for every benchmark that has results."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    there = [(bench.RESULTS, draw) for bench, draw in PANELS if bench.RESULTS.exists()]
    figure, grid = plt.subplots(-(-len(there) // 2), 2, figsize=(11, 8.5), squeeze=False)
    for axes in grid.flat[len(there) :]:
        axes.set_axis_off()
    for axes, (results, draw) in zip(grid.flat, there, strict=False):
        draw(axes, json.loads(results.read_text("utf-8")))
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    # No date or version in the file, so that the same figures give the same bytes.
    figure.savefig(path, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
