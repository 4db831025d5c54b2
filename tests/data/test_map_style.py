"""Data sets of PyTorch, by what they are called and do: the same bits as from arrays."""

import numpy as np
import pytest
from nets import QUICK, classifier, groups, two_inputs

from keraswrap import KerasWrapperModel
from keraswrap.data import row_view
from keraswrap.exceptions import InputError, InputTypeError

X, INDEX = groups(60, 3)
PAIR = {"left": X[:, :1], "right": X[:, 1:2]}


def two():
    return KerasWrapperModel(two_inputs, **QUICK)


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
        (lambda fit: fit(IterableDataset()), InputTypeError, "may be infinite"),
        (lambda fit: fit(Dataset(), INDEX), InputError, "without __len__"),
        (lambda fit: fit(OfTorch(), INDEX[::-1]), InputError, "y as the dataset has it"),
    ],
)
def test_what_a_data_set_cannot_say_is_refused(ask, error, match):
    with pytest.raises(error, match=match):
        ask(KerasWrapperModel(classifier, **QUICK).fit)
