"""Read and write decisions on label issues, and apply them to the data they were made on."""

from keraswrap.issues.corrections._apply import Corrected, apply_corrections
from keraswrap.issues.corrections._decisions import read_decisions, write_decisions
from keraswrap.issues.corrections._identity import hash_data
from keraswrap.issues.corrections._reviewers import MergedDecisions, merge_decisions
from keraswrap.issues.corrections._variants import merge_variants

__all__ = [
    "Corrected",
    "MergedDecisions",
    "apply_corrections",
    "hash_data",
    "merge_decisions",
    "merge_variants",
    "read_decisions",
    "write_decisions",
]
