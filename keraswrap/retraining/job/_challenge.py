"""Whether a model from a search takes the place of the one in use: a test on held-out rows."""

from __future__ import annotations

from keraswrap.retraining._decision import decide
from keraswrap.retraining._history import TESTED, decision_on, find_event
from keraswrap.retraining._result import figures
from keraswrap.retraining._work import attempt_of, compare, conclude, next_level
from keraswrap.retraining.job._context import Context
from keraswrap.retraining.job._state import hash_file, hash_json
from keraswrap.tracking import RegisteredModel

__all__ = ["challenge"]

_HELD_OUT = "data/held_out.jsonl"


def challenge(context: Context, made: RegisteredModel, now: RegisteredModel) -> str:
    """Test a model against the one in use, once, and put it into use if it wins.

    Each test counts among those that the model in use has stood, as a retraining's does.

    Parameters
    ----------
    context : Context
    made, now : RegisteredModel
        The model from the search, and the one in use.

    Returns
    -------
    str
        What was decided and why.
    """
    registry, name, alias = context.registry, context.job.job.name, context.job.job.alias
    inputs = hash_json([made.sha256, hash_file(context.state.folder / _HELD_OUT)])[:16]
    events = registry.events(name)
    if (known := decision_on(events, inputs, now.version)) is not None:
        return f"Decided before, on the same rows. {known[1]['reason']}"
    attempt = attempt_of(inputs, now)
    tested = find_event(events, TESTED, attempt.key)
    if tested is None:
        level = next_level(events, attempt, context.job.retrain.alpha)
        tested = {**attempt.facts(), **_test(context, made, now, level)}
        registry.log_event(name, TESTED, tested)
    action, reason = conclude(registry, name, alias, tested)
    return f"Version {made.version} {_SAID[action]} version {now.version}. {reason}"


_SAID = {"kept": "does not replace", "replaced": "replaced"}


def _test(
    context: Context, made: RegisteredModel, now: RegisteredModel, level: float
) -> dict[str, object]:
    job, held = context.job, context.rows(_HELD_OUT)
    settings = job.retrain.settings(job.job.alias, job.job.seed)
    old, new = (context.registry.load(one.name, one.version) for one in (now, made))
    found = compare(old, new, held.X, held.y, level)
    replace, reason = decide(found, None, settings, getattr(new, "target_error", None))
    return {
        "challenger": made.version,
        "replace": replace,
        "reason": reason,
        "test": figures(found),
        "old_rows": None,
        "unclear": 0,
        "test_rows": [],
    }
