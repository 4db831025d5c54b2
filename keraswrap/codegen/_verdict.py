"""What a language model's pipelines are worth beside others that cost nothing. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from keraswrap._wording import counted
from keraswrap.codegen._candidates import DEFAULTS, MODEL, RANDOM, Candidate, best_of, gain_over

__all__ = ["baselines_of", "verdict_of"]

_BASELINES = (DEFAULTS, RANDOM)


def baselines_of(candidates: Sequence[Candidate], test_share: float) -> pd.DataFrame:
    """Return a row for each baseline: its score, and what the language model gains over it.

    Parameters
    ----------
    candidates : sequence of Candidate
    test_share : float

    Returns
    -------
    DataFrame
        Columns baseline, candidate, score, gain, low, high and verdict.
    """
    own = _best(candidates, MODEL)
    rows = []
    for source in _BASELINES:
        one = _best(candidates, source)
        row: dict[str, object] = {"baseline": source, "candidate": one.number if one else None}
        row["score"] = one.score if one else None
        if own and one:
            found = gain_over(own.outcome.scores, one.outcome.scores, test_share)
            row |= {**vars(found), "verdict": found.verdict}
        else:
            row |= {"gain": None, "low": None, "high": None, "verdict": "not compared"}
        rows.append(row)
    return pd.DataFrame(rows)


def _best(candidates: Sequence[Candidate], source: str) -> Candidate | None:
    return next(iter(best_of([one for one in candidates if one.source == source])), None)


def verdict_of(candidates: Sequence[Candidate], test_share: float) -> str:
    """Say whether the language model added anything.

    Parameters
    ----------
    candidates : sequence of Candidate
    test_share : float

    Returns
    -------
    str
    """
    own = _best(candidates, MODEL)
    asked = sum(one.source == MODEL for one in candidates)
    if own is None:
        told = counted(asked, "answer")
        return f"The language model added nothing: of {told}, none led to a pipeline that works."
    found = {source: _best(candidates, source) for source in _BASELINES}
    gains = {
        source: gain_over(own.outcome.scores, one.outcome.scores, test_share)
        for source, one in found.items()
        if one is not None
    }
    titles = {
        DEFAULTS: "gradient boosting with its defaults",
        RANDOM: f"a random search of {_number(candidates, asked)}",
    }
    parts = [f"{gain} over {titles[source]}" for source, gain in gains.items()]
    head = f"The best pipeline of the language model scores {own.score:.4f}: {', '.join(parts)}."
    if gains and all(gain.verdict == "gain" for gain in gains.values()):
        return f"The language model added something. {head}"
    if any(gain.gain <= 0 for gain in gains.values()):
        return f"The language model added nothing. {head}"
    return f"No gain by the language model is shown. {head}"


def _number(candidates: Sequence[Candidate], asked: int) -> str:
    # The model may have stopped early, or the random search may have met its limit.
    drawn = sum(one.source == RANDOM for one in candidates)
    return "the same number of candidates" if drawn == asked else counted(drawn, "candidate")
