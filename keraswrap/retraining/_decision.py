"""Whether a model is replaced after a test, and why, in words. Pure."""

from __future__ import annotations

import numpy as np

from keraswrap._wording import counted
from keraswrap.retraining._paired_test import PairedTest
from keraswrap.retraining._power import smallest_gain
from keraswrap.retraining._settings import RetrainingSettings

__all__ = ["decide"]


def decide(
    test: PairedTest,
    old_rows: PairedTest | None,
    settings: RetrainingSettings,
    target_error: float | None = None,
) -> tuple[bool, str]:
    """Return whether the new model replaces the old one, and why.

    Conditions beside the test only make replacing rarer, so that they cost nothing of alpha.

    Parameters
    ----------
    test : PairedTest
        On new rows.
    old_rows : PairedTest, optional
        On held-out old rows.
    settings : RetrainingSettings
    target_error : float, optional
        Of a new model that may abstain: the share of wrong answers that it promises.
    """
    said = [test.describe()]
    if not test.won:
        return False, " ".join(["No gain is shown.", *said, _could_show(test, settings)])
    if why := _breaks_promise(test, target_error):
        return False, " ".join([why, *said])
    if old_rows is not None:
        low = old_rows.low > -settings.margin
        said.append(_on_old_rows(old_rows, settings.margin, low))
        if settings.veto and not low:
            return False, " ".join(["It wins on new rows, but may lose on old ones.", *said])
    return True, " ".join(["The new model is better.", *said])


def _could_show(test: PairedTest, settings: RetrainingSettings) -> str:
    share = min(0.99, max(settings.differ, (test.better + test.worse) / test.n))
    gain = smallest_gain(test.n, share, test.level, settings.power)
    rows = counted(test.n, "row")
    if gain is None:
        return f"{rows} rarely show any gain: label more."
    return f"{rows} mostly show a gain of {100 * gain:.3g} points or more: a smaller one may be."


def _breaks_promise(test: PairedTest, target_error: float | None) -> str:
    old, new = test.wrong
    if target_error is None or np.isnan(new):
        return ""
    allowed = target_error if np.isnan(old) else max(target_error, old)
    if new <= allowed:
        return ""
    return (
        f"It answers more, but {100 * new:.1f}% of its answers are wrong, where "
        f"{100 * allowed:.1f}% are allowed."
    )


def _on_old_rows(test: PairedTest, margin: float, kept: bool) -> str:
    held = "is shown to fall by less than" if kept else "is not shown to fall by less than"
    return (
        f"On {counted(test.n, 'old row')} accuracy changes by {100 * test.difference:+.1f} points "
        f"(95% interval {100 * test.low:+.1f} to {100 * test.high:+.1f}): it {held} "
        f"{100 * margin:.3g} points."
    )
