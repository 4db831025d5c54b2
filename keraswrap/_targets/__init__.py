"""What a net is trained on: y in, predictions out.

`Target` declares every step of a fit that depends on what y is. Each kind has a
file: `classes`, `ordered`, `indicators`, `positions`, `numbers`, `gaussian`, and
`heads` for several of them; `choice` says which one y is. `labels`, `cells` and
`gaps` are the pure functions below them.
"""

from keraswrap._targets.base import AnyTarget, ClassTarget, Target
from keraswrap._targets.choice import (
    choose_classes,
    choose_classifier_target,
    choose_numbers,
    choose_regressor_target,
    is_several,
    restore_target,
)
from keraswrap._targets.classes import Classes
from keraswrap._targets.heads import Heads
from keraswrap._targets.indicators import Indicators, check_indicator
from keraswrap._targets.labels import check_labels, encode
from keraswrap._targets.numbers import Numbers, check_numbers

__all__ = [
    "AnyTarget",
    "ClassTarget",
    "Classes",
    "Heads",
    "Indicators",
    "Numbers",
    "Target",
    "check_indicator",
    "check_labels",
    "check_numbers",
    "choose_classes",
    "choose_classifier_target",
    "choose_numbers",
    "choose_regressor_target",
    "encode",
    "is_several",
    "restore_target",
]
