"""Which parts of the data rows are compared by."""

import numpy as np
import pandas as pd
from planted_rows import reviews
from scipy import sparse

from keraswrap.issues.rows._content import read_content
from keraswrap.issues.rows._find import find_row_issues


def test_features_find_outliers_among_texts():
    texts, _ = reviews()
    vectors = np.random.default_rng(0).normal(size=(80, 30)) + 3
    vectors[4] = -vectors[4]
    assert find_row_issues(texts).rows("outlier").tolist() == []
    assert 4 in find_row_issues(texts, features=vectors).rows("outlier")
    assert 4 in find_row_issues(texts, features=sparse.csr_matrix(vectors)).rows("outlier")


def test_columns_of_a_frame_are_in_units_of_their_own():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"price": rng.normal(size=60) * 1e6, "size": rng.normal(size=60)})
    frame = frame.assign(n=np.arange(60), odd=np.arange(60) % 2)
    frame.loc[7, "size"] = 40.0
    found = find_row_issues(frame, frame["odd"].map({0: "even", 1: "odd"}), test=frame.iloc[[5]])
    assert 7 in found.rows("outlier")
    assert found.rows("leak").tolist() == [5]
    kinds = [alert["kind"] for alert in found.alerts()]
    assert kinds.count("id_column") == kinds.count("label_column") == 1


def test_categories_are_compared_as_they_are():
    colors, sizes = np.tile(["red", "green", "blue"], 20), np.repeat([1.0, 2.0, 3.0, 4.0], 15)
    frame = pd.DataFrame({"color": colors, "size": sizes + np.arange(60) / 100})
    frame.loc[59] = frame.loc[3]
    found = find_row_issues(frame, test=frame.iloc[:2])
    assert read_content(frame).texts is None
    assert found.rows("duplicate").tolist() == [3, 59]
    assert found.rows("near_duplicate").tolist() == []
    assert found.rows("leak").tolist() == [0, 1]


def test_sparse_rows_are_rows_of_numbers():
    dense = np.random.default_rng(0).poisson(0.3, size=(50, 200)) * 1.0
    dense[20] = dense[3]
    found = find_row_issues(sparse.csr_matrix(dense), test=sparse.csr_matrix(dense[[3, 9]]))
    assert found.rows("duplicate").tolist() == [3, 20]
    assert found.rows("leak").tolist() == [3, 9, 20]


def test_images_and_matrices_in_a_dict():
    images = np.random.default_rng(0).random((40, 12, 12))
    images[11] = images[2]
    found = find_row_issues({"image": images, "price": np.ones(40)})
    assert found.rows("duplicate").tolist() == [2, 11]
