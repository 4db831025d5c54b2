"""Classes with few examples."""

from __future__ import annotations

import numpy as np

from keraswrap.issues.rows._results import Finding, flag


def find_imbalance(labels: np.ndarray, *, imbalance: float = 0.1) -> list[Finding]:
    """Find classes with few examples, and examples that are the only one of their class.

    Parameters
    ----------
    labels : ndarray of shape (n,)
    imbalance : float in (0, 1), default=0.1
        Few means less than this share of n / k: Datalab's rule and default.

    Returns
    -------
    list of Finding
        Kinds ``"class_imbalance"`` and ``"only_example"``.

    Examples
    --------
    >>> found = find_imbalance(np.array(["a"] * 30 + ["b"]))
    >>> [(one.kind, one.rows.tolist()) for one in found]
    [('class_imbalance', [30]), ('only_example', [30])]
    """
    names, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    rare = counts * len(names) < imbalance * len(labels)
    findings = []
    if rare.any():
        shown = ", ".join(
            f"{name} ({n:,})" for name, n in zip(names[rare][:5], counts[rare][:5], strict=True)
        )
        rows = np.flatnonzero(rare[inverse])
        have = "has" if rare.sum() == 1 else "have"
        message = f"{rare.sum()} of {len(names)} classes {have} few examples: {shown}."
        scores = counts[inverse[rows]] * len(names) / len(labels)
        findings.append(flag("class_imbalance", "warning", message, rows, scores=scores))
    alone = np.flatnonzero(counts[inverse] == 1)
    if len(alone):
        message = (
            "Rows that are the only example of their class, so that no fold can hold one out: "
            f"{len(alone):,}."
        )
        findings.append(flag("only_example", "warning", message, alone))
    return findings
