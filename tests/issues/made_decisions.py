"""Rows, and decisions made on them."""

import pandas as pd

from keraswrap.issues import hash_data

TEXTS = ["works, well", "it broke", "=1+1", "so so", "what a\nwaste"]


LABELS = ["good", "good", "good", "bad", "bad"]


PROBA = [[0.2, 0.8], [0.9, 0.1], [0.4, 0.6], [0.7, 0.3], [0.6, 0.4]]


HASH = hash_data(TEXTS, LABELS)


def decide(*rows, data_hash=HASH, given=LABELS, **more):
    """Make decisions of (row, action, new label)."""
    return pd.DataFrame(
        {
            "row_id": [row for row, _, _ in rows],
            "given_label": [given[row] if row < len(given) else "good" for row, _, _ in rows],
            "action": [action for _, action, _ in rows],
            "new_label": [label for _, _, label in rows],
            "data_hash": data_hash,
            **more,
        }
    )


EACH = decide(
    *((0, "keep", ""), (1, "accept", "bad"), (2, "drop", "")),
    *((3, "ambiguous", ""), (4, "relabel", "good")),
)
