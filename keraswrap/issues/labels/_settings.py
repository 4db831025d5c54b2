"""What is asked of a search for label issues, checked before any work. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keraswrap.exceptions import ParameterError
from keraswrap.issues.labels import _scores as scores

FILTERS = (
    "posterior",
    *("prune_by_noise_rate", "prune_by_class", "both", "confident_learning"),
    *("predicted_neq_given", "low_normalized_margin", "low_self_confidence"),
)


@dataclass(frozen=True)
class Ask:
    """Parameters of `find_label_issues` that are about one another."""

    classes: Any
    score: str
    filter_by: str
    n_repeats: int
    dynamics: bool
    copies: str

    def check(self) -> None:
        scores.check_score(self.score)
        if self.filter_by not in FILTERS:
            raise ParameterError(
                f"Expected filter_by to be one of {', '.join(FILTERS)}, got {self.filter_by!r}."
            )
        if self.copies not in ("together", "apart"):
            raise ParameterError(
                f"Expected copies to be 'together' or 'apart', got {self.copies!r}. Rows that "
                "belong together otherwise are groups=."
            )
        if isinstance(self.n_repeats, bool) or int(self.n_repeats) != self.n_repeats:
            raise ParameterError(f"Expected n_repeats to be a whole number, got {self.n_repeats}.")
        if self.n_repeats < 1 or (self.score == "ensemble" and self.n_repeats < 2):
            raise ParameterError(
                "Expected n_repeats ≥ 1, and ≥ 2 for the score 'ensemble', got "
                f"{self.n_repeats}. It says how often to cross-validate."
            )
        if self.score == "dynamics" and not self.dynamics:
            raise ParameterError(
                "Expected dynamics=True with the score 'dynamics', got False. It looks at held-out "
                "rows while the model is trained."
            )

    def check_no_fits(self, what: str) -> None:
        if self.n_repeats > 1 or self.dynamics:
            raise ParameterError(
                f"Expected an estimator where n_repeats > 1 or dynamics=True, got {what}. They "
                "need fits of their own."
            )

    def check_no_classes(self) -> None:
        if self.classes is not None:
            raise ParameterError(
                "Expected classes with probabilities alone, got it with an estimator, which finds "
                "the classes in y. Leave it out."
            )
