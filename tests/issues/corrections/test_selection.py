"""Rows and labels come back in the form they came in."""

import numpy as np
import pandas as pd
import pytest
from made_decisions import EACH, LABELS, PROBA, TEXTS, decide
from scipy import sparse

from keraswrap.issues import (
    apply_corrections,
    find_label_issues,
    hash_data,
)


@pytest.mark.parametrize(
    "form", [list, tuple, np.array, pd.Series, lambda y: pd.Series(y, dtype="category")]
)
def test_labels_come_back_in_the_form_they_came(form):
    y = form(LABELS)
    _, corrected = apply_corrections((TEXTS, y), EACH, new_classes=["mixed"]).data
    assert type(corrected) is type(y)
    assert list(corrected) == ["good", "bad", "good"]
    assert list(y) == LABELS
    assert getattr(corrected, "dtype", None) == getattr(y, "dtype", None)


@pytest.mark.parametrize("form", [np.array, pd.Series, lambda y: pd.Series(y, dtype="category")])
def test_a_new_class_is_not_cut_to_the_width_of_the_old_ones(form):
    decisions = decide((0, "relabel", "much longer"))
    done = apply_corrections((TEXTS, form(LABELS)), decisions, new_classes=["much longer"])
    assert list(done.data[1]) == ["much longer", *LABELS[1:]]


ROWS = [
    np.arange(10.0).reshape(5, 2),
    pd.DataFrame({"a": range(5), "b": list("vwxyz")}, index=list("ABCDE")),
    {"left": np.arange(5), "right": TEXTS},
    sparse.random_array((5, 3), density=0.5, rng=0).tocoo(),
    None,
]


@pytest.mark.parametrize("X", ROWS, ids=lambda X: type(X).__name__)
def test_rows_come_back_in_the_form_they_came(X):
    found = find_label_issues(PROBA, X, LABELS, out_of_sample=True)
    data_hash = found.provenance["data_hash"]
    decisions = decide((1, "drop", ""), data_hash=data_hash).assign(row_id=found.row_ids[1])
    kept, _ = apply_corrections((X, LABELS), decisions).data
    expected = [0, 2, 3, 4]
    if isinstance(X, pd.DataFrame):
        pd.testing.assert_frame_equal(kept, X.iloc[expected])
    elif isinstance(X, dict):
        assert kept["left"].tolist() == expected
        assert kept["right"] == [TEXTS[k] for k in expected]
    elif sparse.issparse(X):
        assert (kept.toarray() == X.toarray()[expected]).all()
    else:
        assert X is kept is None or np.array_equal(kept, X[expected])


def test_a_hugging_face_dataset_stays_one():
    datasets = pytest.importorskip("datasets")
    X = datasets.Dataset.from_dict({"text": TEXTS})
    done = apply_corrections((X, LABELS), EACH.assign(data_hash=hash_data(X, LABELS)))
    assert done.data[0]["text"][:] == ["works, well", "it broke", "what a\nwaste"]
