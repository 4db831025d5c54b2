"""Each fit has callbacks of its own."""

import keras
import pytest

from keraswrap._config import named_fit
from keraswrap._engine.callbacks import make_callbacks
from keraswrap.exceptions import ParameterError


class Holds(keras.callbacks.Callback):
    def __init__(self, metric):
        super().__init__()
        self.metric = metric


class Locked(keras.callbacks.Callback):
    def __deepcopy__(self, memo):
        raise TypeError("locked")


def test_instances_are_copied_and_classes_made():
    given = [keras.callbacks.EarlyStopping(patience=3), keras.callbacks.TerminateOnNaN]
    made = make_callbacks(given)
    assert [type(each) for each in made] == [type(given[0]), given[1]]
    assert made[0] is not given[0]
    assert made[0].patience == 3
    assert make_callbacks(None) == []


def test_what_a_callback_holds_is_copied_with_every_argument():
    given = Holds(keras.metrics.CosineSimilarity(axis=0))
    (made,) = make_callbacks(given)
    assert made.metric is not given.metric
    assert made.metric._fn_kwargs == {"axis": 0}


@pytest.mark.parametrize(
    ("given", "match"),
    [(Locked(), "cannot be copied"), (Holds, "without arguments"), (3, "callback")],
)
def test_what_cannot_serve_is_named(given, match):
    with pytest.raises(ParameterError, match=match):
        make_callbacks(given)


C = keras.callbacks


@pytest.mark.parametrize(
    ("callback", "attribute", "apart"),
    [
        (lambda path: C.BackupAndRestore(path), "_weights_path", "fit/latest.weights.h5"),
        (lambda path: C.BackupAndRestore(path), "backup_dir", "fit"),
        (lambda path: C.TensorBoard(path), "log_dir", "fit"),
        (lambda path: C.CSVLogger(f"{path}/log.csv"), "filename", "fit/log.csv"),
        (
            lambda path: C.ModelCheckpoint(f"{path}/{{epoch}}.keras"),
            "filepath",
            "fit/{epoch}.keras",
        ),
    ],
)
def test_files_of_a_named_fit_are_apart(callback, attribute, apart, tmp_path):
    given = callback(str(tmp_path))
    before = getattr(given, attribute)
    with named_fit("fit"):
        (made,) = make_callbacks(given)
    assert getattr(made, attribute) == str(tmp_path / apart)
    assert getattr(given, attribute) == before
    assert getattr(make_callbacks(given)[0], attribute) == before
