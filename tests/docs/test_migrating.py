"""What the tables for newcomers from other libraries promise is run."""

import re
from pathlib import Path

import keras
import pytest
from nets import classifier, groups

from keraswrap import KerasWrapperModel, KerasWrapperRegressor, KerasWrapperSequential
from keraswrap.llm import (
    FakeLM,
    FewShotClassifier,
    MultiLabelZeroShotClassifier,
    OpenAICompatibleLM,
    ZeroShotClassifier,
)
from keraswrap.text import TextEmbedder

PAGE = Path(__file__).parents[2] / "docs" / "migrating.md"
ROWS = re.findall(r"^\|.*\| `([^`]+)` \|$", PAGE.read_text("utf-8"), re.MULTILINE)
X, Y = groups(40, 2)


@pytest.fixture(scope="module")
def names():
    clf = KerasWrapperModel(classifier, random_state=0).fit(X, Y)
    known = {"keras": keras, "clf": clf, "build": classifier, "X": X, "y": Y, "model": FakeLM()}
    kinds = [KerasWrapperModel, KerasWrapperRegressor, KerasWrapperSequential, TextEmbedder]
    kinds += [FewShotClassifier, MultiLabelZeroShotClassifier, OpenAICompatibleLM]
    return known | {kind.__name__: kind for kind in [*kinds, ZeroShotClassifier]}


def test_no_row_of_a_table_is_missed():
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("|")]
    heads = [line for line in lines if line.endswith("| keraswrap |") or line == "|---|---|"]
    assert len(ROWS) == len(lines) - len(heads) > 30


@pytest.mark.parametrize("expression", ROWS)
def test_the_new_code_runs(expression, names):
    made = eval(expression, dict(names))
    kind = names.get(expression.partition("(")[0])
    assert kind is None or type(made) is kind
