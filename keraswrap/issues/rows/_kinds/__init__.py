"""The kinds of row issues, one file each, listed here.

A kind is found by a pure function. Its positional arguments name the parts of
the data that it looks at, those of `keraswrap.issues.rows._parts.Parts`; where
one is not there, the function is not called, unless the argument has a default.
Its keyword-only arguments are thresholds, which `find_row_issues` lets users
change by name. It returns a list of `Finding`, empty where nothing was found.
"""

from collections.abc import Callable

from keraswrap.issues.rows._kinds.ambiguous import find_ambiguous
from keraswrap.issues.rows._kinds.conflicts import find_conflicts
from keraswrap.issues.rows._kinds.duplicates import find_duplicates
from keraswrap.issues.rows._kinds.empty import find_empty
from keraswrap.issues.rows._kinds.garbled import find_garbled
from keraswrap.issues.rows._kinds.id_columns import find_id_columns
from keraswrap.issues.rows._kinds.imbalance import find_imbalance
from keraswrap.issues.rows._kinds.label_columns import find_label_columns
from keraswrap.issues.rows._kinds.leaks import find_leaks
from keraswrap.issues.rows._kinds.missing import find_missing
from keraswrap.issues.rows._kinds.order import find_order
from keraswrap.issues.rows._kinds.outliers import find_outliers
from keraswrap.issues.rows._kinds.too_long import find_long
from keraswrap.issues.rows._results import Finding

__all__ = ["KINDS"]

# Among findings of equal severity, earlier kinds come first.
KINDS: tuple[Callable[..., list[Finding]], ...] = (
    find_missing,
    find_empty,
    find_garbled,
    find_long,
    find_duplicates,
    find_conflicts,
    find_outliers,
    find_leaks,
    find_ambiguous,
    find_id_columns,
    find_label_columns,
    find_imbalance,
    find_order,
)
