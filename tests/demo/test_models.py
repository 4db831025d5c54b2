"""What the job trains: each fit of its search, counted and written down."""

import numpy as np
import pandas as pd
import pytest

from keraswrap import KerasWrapperModel
from keraswrap.demo._labeled_texts import load_texts
from keraswrap.demo._models import count_search
from keraswrap.text import build_text_classifier, encode_texts


def test_each_fit_of_the_grid_is_written_down(result, home):
    fits = pd.read_csv(home / "out" / "fits.csv")
    assert fits[["batch_size", "epochs", "fold"]].to_numpy().tolist() == [[8, 10, 0], [8, 10, 1]]
    assert fits["accuracy"].mean() == pytest.approx(result.search_accuracy)


def test_the_saved_model_predicts_as_the_cleaned_one(result, home):
    model = KerasWrapperModel.load(home / "out" / "model.keraswrap", model=build_text_classifier)
    test = load_texts(result.settings).test
    predicted = model.predict(encode_texts(test["text"], home / "tiny", 8))
    assert np.mean(predicted == test["label"]) == result.after


def test_the_bar_reaches_its_end(result, counted):
    pruned = int(result.issues["is_issue"].sum())
    assert pruned > 0
    assert sum(counted) == count_search(result.settings, 90) + 10 * (90 + 90 - pruned)
