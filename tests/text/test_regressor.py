"""Numbers from texts."""

import numpy as np
import pytest
from checkpoints import write_checkpoint
from quick import TEXTS, quick

from keraswrap.text import TransformerRegressor


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return str(write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "bert"))


@pytest.mark.parametrize(("trainable", "least"), [("all", 0.8), ("head", 0.0)])
def test_numbers(bert, trainable, least):
    y = np.tile([103.0, 104.0, 97.0, 96.0], 6)
    reg = quick(bert, TransformerRegressor, trainable=trainable).fit(TEXTS, y)
    assert reg.score(TEXTS, y) > least
    assert abs(reg.predict(TEXTS).mean() - 100) < 2  # in the units of y
    both = np.stack([y, -y], axis=1)
    assert reg.fit(TEXTS, both).predict(TEXTS).shape == both.shape
