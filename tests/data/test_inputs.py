"""Several inputs in a list, and data sets of PyTorch: the same bits as by name or as arrays."""

import numpy as np
import pandas as pd
import pytest
from nets import QUICK, classifier, groups, two_inputs
from scipy import sparse

from keraswrap import KerasWrapperModel
from keraswrap.data import row_view
from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.issues import (
    CleanClassifier,
    apply_corrections,
    compare_refit,
    find_label_issues,
    hash_data,
)
from keraswrap.model_selection import GridSearchCV, cross_val_predict_proba
from keraswrap.report import make_report

X, INDEX = groups(60, 3)
# In the order of the net's, which is not that of the alphabet.
PAIR = {"left": X[:, :1], "right": X[:, 1:2]}
LIST = [*PAIR.values()]


def two(**changes):
    return KerasWrapperModel(two_inputs, **QUICK).set_params(**changes)


FORMS = {
    "list": list,
    "tuple": tuple,
    "sparse": lambda X: [*map(sparse.csr_matrix, X)],
    "frames": lambda X: [*map(pd.DataFrame, X)],
    "a list and an array": lambda X: [X[0].tolist(), X[1]],
    "a dict that counts": lambda X: {1: X[1], 0: X[0]},
}


@pytest.fixture(scope="module")
def by_name():
    return two(epochs=3).fit(PAIR, INDEX)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_inputs_in_a_list_are_those_of_the_net_in_order(form, by_name):
    given = form(LIST)
    fitted = two(epochs=3).fit(given, INDEX)
    assert (fitted.predict_proba(given) == by_name.predict_proba(PAIR)).all()
    assert fitted.score(given, INDEX) == by_name.score(PAIR, INDEX)
    assert fitted.n_features_in_ == 2


def test_a_list_validates_and_trains_on(by_name):
    part = [array[:20] for array in LIST], INDEX[:20]
    named = {name: array[:20] for name, array in PAIR.items()}, INDEX[:20]
    found, expected = two().fit(LIST, INDEX, validation_data=part), two()
    assert found.history_ == expected.fit(PAIR, INDEX, validation_data=named).history_
    assert found.partial_fit(*part).history_ == expected.partial_fit(*named).history_
    one = [array[:1] for array in LIST]
    np.testing.assert_allclose(found.predict_proba(one), found.predict_proba(LIST)[:1], atol=1e-6)


def test_rows_in_a_list_stay_rows():
    rows = [*X[:2]], INDEX[:2]  # two rows of two numbers
    fitted = KerasWrapperModel(classifier, **QUICK).fit([row[:2] for row in rows[0]], rows[1])
    assert fitted.n_features_in_ == 2
    assert "feature_names_in_" not in vars(fitted)
    rows = KerasWrapperModel(classifier, **QUICK).fit([*X], INDEX)
    assert (
        rows.predict([*X]) == KerasWrapperModel(classifier, **QUICK).fit(X, INDEX).predict(X)
    ).all()


TOOLS = {
    "held out": lambda data: cross_val_predict_proba(two(), data, INDEX // 1, cv=3),
    "search": lambda data: (
        GridSearchCV(two(), {"epochs": [1, 2]}, cv=2).fit(data, INDEX).oof_proba_
    ),
    "issues": lambda data: find_label_issues(two(), data, INDEX, cv=2).quality,
    "clean": lambda data: CleanClassifier(two(), cv=2).fit(data, INDEX).predict_proba(data),
    "refit": lambda data: compare_refit(two(), (data, INDEX), (data, INDEX), FOUND, n_random=1),
    "report": lambda data: make_report(FOUND, data).summary["worklist"],
}
FOUND = find_label_issues(np.full((60, 3), 1 / 3), y=INDEX, out_of_sample=True)


@pytest.mark.parametrize("ask", TOOLS.values(), ids=TOOLS)
def test_every_tool_takes_a_list(ask):
    np.testing.assert_equal(ask(LIST), ask({"0": LIST[0], "1": LIST[1]}))


def test_corrections_give_a_list_back():
    one = {"row_id": 4, "given_label": INDEX[4], "action": "drop", "new_label": ""}
    decisions = pd.DataFrame([one | {"data_hash": hash_data(LIST, INDEX)}])
    assert find_label_issues(two(), LIST, INDEX, cv=2).provenance["data_hash"] == hash_data(
        LIST, INDEX
    )
    (left, right), labels = apply_corrections((LIST, INDEX), decisions).data
    kept = np.arange(60) != 4
    assert (left == LIST[0][kept]).all()
    assert (right == LIST[1][kept]).all()
    assert (labels == INDEX[kept]).all()


@pytest.mark.parametrize(
    ("ask", "match"),
    [
        (lambda: KerasWrapperModel(classifier, **QUICK).fit(LIST, INDEX), r"got \['0', '1'\]"),
        (lambda: two().fit([X[:, :1]] * 3, INDEX), r"\['left', 'right'\], got \['0', '1', '2'\]"),
        (lambda: two().fit([X[:, :1], X[:9, :1]], INDEX), "rows of equal length in X"),
        (
            lambda: two().fit(LIST, INDEX).predict(LIST[::-1] * 2),
            "a list of 2 arrays of one length as in fit.*got 4",
        ),
    ],
)
def test_a_list_that_does_not_fit_the_net_is_refused(ask, match):
    with pytest.raises(InputError, match=match):
        ask()


# PyTorch's, by what they are called and do


class Dataset:
    """Stands where PyTorch's does."""


class IterableDataset(Dataset):
    """As PyTorch's, which has no length."""


class DataLoader:
    """As PyTorch's: batches in lists, by a sampler."""

    def __init__(self, dataset, sampler=None):
        self.dataset, self.sampler, self.batch_size = dataset, sampler or range(len(dataset)), 7

    def __iter__(self):
        order = list(self.sampler)
        for start in range(0, len(order), self.batch_size):
            rows = [self.dataset[k] for k in order[start : start + self.batch_size]]
            yield [Tensor(np.stack([np.asarray(row[k]) for row in rows])) for k in range(2)]


class RandomSampler:
    """As PyTorch's."""

    def __iter__(self):
        return iter(np.random.default_rng(0).permutation(60).tolist())


for stand_in in (Dataset, IterableDataset, DataLoader):
    stand_in.__module__ = "torch.utils.data"


class Tensor:
    """As PyTorch's: an array once it is off its graph and on the processor."""

    def __init__(self, array, free=False):
        self._array, self._free, self.shape = array, free, np.shape(array)

    def detach(self):
        return Tensor(self._array, True)

    def cpu(self):
        return self

    def __array__(self, dtype=None, copy=None):
        assert self._free
        return np.asarray(self._array, dtype=dtype)


class OfTorch(Dataset):
    """The rows as tensors, with their labels."""

    def __len__(self):
        return 60

    def __getitem__(self, row):
        return Tensor(X[row]), int(INDEX[row])


class Plain:
    """No more than a length and rows."""

    def __len__(self):
        return 60

    def __getitem__(self, row):
        return X[row], INDEX[row]


class Named(OfTorch):
    """Rows as dicts, as Hugging Face's trainer takes them."""

    def __getitem__(self, row):
        return {"x": Tensor(X[row]), "labels": int(INDEX[row])}


class Weighted(OfTorch):
    """Rows with weights."""

    def __getitem__(self, row):
        return X[row], INDEX[row], row / 59


SETS = {"torch": OfTorch(), "plain": Plain(), "dicts": Named(), "loader": DataLoader(Plain())}


@pytest.mark.parametrize("dataset", SETS.values(), ids=SETS)
def test_a_data_set_of_torch_gives_the_same_bits_as_arrays(dataset):
    expected = KerasWrapperModel(classifier, **QUICK).fit(X, INDEX)
    fitted = KerasWrapperModel(classifier, **QUICK).fit(dataset)
    assert (fitted.predict_proba(dataset) == expected.predict_proba(X)).all()
    assert fitted.score(dataset) == expected.score(X, INDEX)
    view, y, _ = row_view(dataset)
    assert (np.asarray(view) == X).all()
    assert (y == INDEX).all()


def test_weights_of_a_data_set_and_inputs_by_name():
    fitted = KerasWrapperModel(classifier, **QUICK).fit(Weighted())
    expected = KerasWrapperModel(classifier, **QUICK).fit(X, INDEX, np.arange(60) / 59)
    assert (fitted.predict_proba(X) == expected.predict_proba(X)).all()

    class Pairs(Plain):
        def __getitem__(self, row):
            return {name: array[row] for name, array in PAIR.items()}, INDEX[row]

    assert (two().fit(Pairs()).predict(PAIR) == two().fit(PAIR, INDEX).predict(PAIR)).all()


def test_batches_of_texts():
    class Texts(OfTorch):
        def __getitem__(self, row):
            return f"text {row}", ["bad", "good"][row % 2]

    view, y, _ = row_view(Texts())
    assert view[3] == "text 3"
    assert y[3] == "good"
    assert len(view) == 60


@pytest.mark.parametrize(
    ("ask", "error", "match"),
    [
        (lambda fit: fit(DataLoader(Plain(), RandomSampler()), INDEX), InputError, "y as the data"),
        (
            lambda fit: fit(DataLoader(Plain(), RandomSampler()), sample_weight=INDEX),
            InputError,
            "that is shuffled",
        ),
        (lambda fit: fit(IterableDataset()), InputTypeError, "may be without end"),
        (lambda fit: fit(Dataset(), INDEX), InputError, "without __len__"),
        (lambda fit: fit(OfTorch(), INDEX[::-1]), InputError, "y as the dataset has it"),
    ],
)
def test_what_a_data_set_cannot_say_is_refused(ask, error, match):
    with pytest.raises(error, match=match):
        ask(KerasWrapperModel(classifier, **QUICK).fit)
