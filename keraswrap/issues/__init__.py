"""Find label issues, estimate noise, and act on them."""

from keraswrap.issues.annotators import Consensus, find_consensus
from keraswrap.issues.corrections import (
    Corrected,
    apply_corrections,
    hash_data,
    merge_variants,
    read_decisions,
    write_decisions,
)
from keraswrap.issues.labels import (
    SCORES,
    STRATEGIES,
    Action,
    CleanClassifier,
    LabelIssues,
    LabelIssueSettings,
    NoiseEstimates,
    StrategyComparison,
    act,
    compare_refit,
    compare_strategies,
    estimate_noise,
    find_copies,
    find_label_issues,
    score_labels,
)
from keraswrap.issues.review import ReviewEstimate, ReviewPlan, review_plan, triage
from keraswrap.issues.rows import Finding, RowIssues, find_row_issues

__all__ = [
    "SCORES",
    "STRATEGIES",
    "Action",
    "CleanClassifier",
    "Consensus",
    "Corrected",
    "Finding",
    "LabelIssueSettings",
    "LabelIssues",
    "NoiseEstimates",
    "ReviewEstimate",
    "ReviewPlan",
    "RowIssues",
    "StrategyComparison",
    "act",
    "apply_corrections",
    "compare_refit",
    "compare_strategies",
    "estimate_noise",
    "find_consensus",
    "find_copies",
    "find_label_issues",
    "find_row_issues",
    "hash_data",
    "merge_variants",
    "read_decisions",
    "review_plan",
    "score_labels",
    "triage",
    "write_decisions",
]
