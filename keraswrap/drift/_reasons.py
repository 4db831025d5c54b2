"""The reason of each statement, in plain English. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from keraswrap._wording import counted
from keraswrap.drift._compare import Comparison
from keraswrap.drift._results import OPEN, TOO_FEW, YES, Accuracy, ClassShare, DriftTest
from keraswrap.drift._verdict import FEWEST_LABELS, Found, passes_as_mixture

__all__ = ["explain"]

_NAMED = 3
_UNSEEN = "A change of what the labels mean does not show without labels."


def explain(
    answers: Mapping[str, str], found: Mapping[str, Found], compared: Comparison, alpha: float
) -> dict[str, str]:
    """Return the reason of each answer."""
    return {
        "inputs_moved": _inputs(answers, found["inputs_moved"], compared, alpha),
        "shares_moved": _shares(answers, found["shares_moved"], compared, alpha),
        "model_fails": _fails(answers["model_fails"], compared.accuracy, compared),
    }


def _inputs(answers: Mapping[str, str], found: Found, compared: Comparison, alpha: float) -> str:
    seen = found.seen_in(alpha)
    if not seen:
        told = [test for test in found.tests if test.auc is not None]
        best = max(told, key=lambda test: abs((test.auc or 0.5) - 0.5))
        text = f"No test tells new rows from old ones; the closest is {_auc(best)}."
        few = "There are too few new rows to see any but a large change. "
        return few + text if answers["inputs_moved"] == TOO_FEW else text
    parts = [_auc(test) for test in seen if test.auc is not None]
    facts = [fact for fact in compared.facts if _clear(fact.p_value, found, alpha)][:_NAMED]
    named = [f"{f.name} ({_figure(f.reference)} → {_figure(f.new)})" for f in facts]
    text = "New rows can be told from old ones"
    text += f": by {'; by '.join(parts)}." if parts else "."
    if named:
        text += f" What differs most: {', '.join(named)}."
    if (
        answers["shares_moved"] == YES
        and compared.mixed is not None
        and passes_as_mixture(compared.mixed)
    ):
        text += " The classes' new shares may be all of it."
    return text


def _clear(p_value: float, found: Found, alpha: float) -> bool:
    facts = [test for test in found.tests if test.name == "facts"]
    return bool(facts) and p_value <= max(facts[0].p_value, alpha / (3 * len(found.tests)))


def _auc(test: DriftTest) -> str:
    names = {"vectors": "their vectors", "columns": "their columns"}
    names |= {"outputs": "the model's outputs", "unseen words": "the share of unseen words"}
    return f"{names[test.name]}, AUC {test.auc:.2f} ({test.low:.2f}–{test.high:.2f})"


def _figure(value: float) -> str:
    if abs(value) < 1:
        return f"{value:.3f}"
    return f"{value:,.1f}" if abs(value) < 1e9 else f"{value:.3g}"


def _shares(answers: Mapping[str, str], found: Found, compared: Comparison, alpha: float) -> str:
    answer = answers["shares_moved"]
    moved = sorted(compared.shares, key=lambda one: -abs(one.new - one.reference))[:_NAMED]
    named = ", ".join(
        f"{one.label} {one.reference:.1%} → {one.new:.1%} ({one.low:.1%}–{one.high:.1%})"
        for one in moved
    )
    seen = {test.name for test in found.seen_in(alpha)}
    if "labels" in {test.name for test in found.tests} and (answer != YES or "labels" in seen):
        differ = "differ from" if answer == YES else "are as"
        given = ", ".join(
            f"{one.label} {one.reference:.1%} → {one.labeled:.1%}"
            for one in sorted(compared.shares, key=_moved_by_labels)[:_NAMED]
        )
        counts = counted(compared.accuracy.n_labeled, "label")
        told = f"The shares of {counts} of new rows {differ} those of the reference"
        return f"{told}: {given}." if given else f"{told}; too few new rows to say more."
    if answer == YES:
        return (
            f"The model's outputs differ as other shares make them: "
            f"{named or 'too few rows to say which'}."
        )
    if answer == OPEN:
        return (
            "New rows are no mixture of the reference's classes, in whatever shares, so shares "
            f"cannot be estimated without labels. If they could: {named}."
        )
    if answer == TOO_FEW:
        return "Too few new rows to re-estimate shares."
    largest = f" The largest estimated change: {named}." if named else ""
    return f"The model's outputs are as in the reference.{largest}"


def _moved_by_labels(share: ClassShare) -> float:
    return -abs((share.labeled or 0.0) - share.reference)


def _fails(answer: str, accuracy: Accuracy, compared: Comparison) -> str:
    old = f"{accuracy.reference:.1%} on the reference"
    if accuracy.n_labeled and accuracy.real is not None:
        return _by_labels(answer, accuracy, old)
    if accuracy.expected is None:
        return f"There are too few new rows, and no labels. {_UNSEEN}"
    said = (
        f"{accuracy.expected:.1%} ({accuracy.expected_low:.1%}–{accuracy.expected_high:.1%}), "
        f"after {old}"
    )
    if answer == YES:
        return f"Expected accuracy falls to {said}, if labels mean what they meant."
    if not passes_as_mixture(compared.mixed):
        return (
            "New rows are no mixture of the reference's classes, so probabilities on them may be "
            f"wrong. If they were right, accuracy would be {said}. {_UNSEEN}"
        )
    return f"Expected accuracy is {said}. {_UNSEEN}"


def _by_labels(answer: str, accuracy: Accuracy, old: str) -> str:
    real = (
        f"Accuracy is {accuracy.real:.1%} ({accuracy.real_low:.1%}–{accuracy.real_high:.1%}) on "
        f"{counted(accuracy.n_labeled, 'labeled row')}, after {old}"
    )
    if answer == YES:
        return f"{real}: a fall beyond chance."
    if answer == OPEN:
        return f"{real}. At least {FEWEST_LABELS} labels are needed to see no sign."
    if accuracy.detectable_drop is None:
        return f"{real}. So few labels hardly show any drop."
    return (
        f"{real}: no fall beyond chance. A drop of {accuracy.detectable_drop:.0%} would be seen "
        "with a probability of 80%."
    )
