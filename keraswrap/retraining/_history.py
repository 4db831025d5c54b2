"""What a registry's events say of earlier retraining of a model. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keraswrap.tracking import Event

__all__ = [
    *("ASKED", "CHECKED", "KEPT", "REPLACED", "ROLLED_BACK", "TESTED", "TRAINED"),
    *("Attempt", "decision_on", "find_event", "count_tests", "unfinished"),
]

CHECKED = "retraining-checked"
ASKED = "retraining-asked"
TRAINED = "retraining-trained"
TESTED = "retraining-tested"
REPLACED = "retraining-replaced"
KEPT = "retraining-kept"
ROLLED_BACK = "rolled-back"
_DECIDED = (REPLACED, KEPT)


@dataclass(frozen=True)
class Attempt:
    """What one retraining is known by in events.

    Parameters
    ----------
    key : str
        Of its rows, labels, settings and the model in use.
    inputs : str
        The same without the model in use.
    champion : int
        Version of the model in use.
    """

    key: str
    inputs: str
    champion: int

    def facts(self) -> dict[str, object]:
        """Return what every event of it holds."""
        return {"retraining": self.key, "inputs": self.inputs, "champion": self.champion}


def find_event(events: Sequence[Event], kind: str, key: object) -> Mapping[str, object] | None:
    """Return the facts of the last event of a kind in one retraining; None if there is none.

    Examples
    --------
    >>> seen = [Event("reviews", TRAINED, "2026-01-01", {"retraining": "a1", "version": 2})]
    >>> find_event(seen, TRAINED, "a1")["version"], find_event(seen, TESTED, "a1")
    (2, None)
    """
    found = [e.facts for e in events if e.kind == kind and e.facts.get("retraining") == key]
    return found[-1] if found else None


def count_tests(events: Sequence[Event], champion: int, key: str = "") -> int:
    """Return how many tests a model in use has stood, without that of the retraining `key`.

    Examples
    --------
    >>> facts = [{"retraining": key, "champion": 1} for key in ("a1", "b2")]
    >>> seen = [Event("reviews", TESTED, "2026-01-01", one) for one in facts]
    >>> count_tests(seen, 1), count_tests(seen, 1, "b2"), count_tests(seen, 2)
    (2, 1, 0)
    """
    tested = [e.facts for e in events if e.kind == TESTED and e.facts.get("champion") == champion]
    return len({str(facts.get("retraining")) for facts in tested} - {key})


def unfinished(events: Sequence[Event]) -> Mapping[str, object] | None:
    """Return the facts of a test after which nothing was decided; None if there is none."""
    decided = {e.facts.get("retraining") for e in events if e.kind in _DECIDED}
    left = [e.facts for e in events if e.kind == TESTED]
    left = [facts for facts in left if facts.get("retraining") not in decided]
    return left[-1] if left else None


def decision_on(
    events: Sequence[Event], inputs: str, champion: int
) -> tuple[str, Mapping[str, object]] | None:
    """Return what was decided, after a test, on the same rows about the same model in use.

    The model in use may also be the one that the decision put there: it would be tested
    against itself.
    """
    tested = {e.facts.get("retraining") for e in events if e.kind == TESTED}
    for event in reversed(events):
        facts = event.facts
        same = facts.get("inputs") == inputs and facts.get("retraining") in tested
        among = champion in (facts.get("champion"), facts.get("challenger"))
        if event.kind in _DECIDED and same and among:
            return event.kind, facts
    return None
