"""How many tokens texts have, how many are cut, and how many unknown."""

import numpy as np
import pytest
from checkpoints import write_checkpoint

from keraswrap.text import LengthReport, TextTokenizer


def test_a_report_without_shares_reads_as_before():
    report = LengthReport.of(np.array([3, 4]), [8])
    assert str(report).splitlines()[-1] == "max_length 8 cuts 0 (0.0%)"


TEXTS = ["it is a good text", "it broke", "the text was awful and the text was poor", "good"]


@pytest.fixture
def folder(tmp_path):
    return str(write_checkpoint(tmp_path / "bert"))


def test_the_report_counts_as_numpy_does(folder):
    report = TextTokenizer(folder, 5).fit(TEXTS).report(TEXTS, (4, 7))
    lengths = np.array([7, 4, 11, 3])
    assert report.truncated == {n: int((lengths > n).sum()) for n in (4, 5, 7)}
    assert report.quantiles == {0.5: 4, 0.9: 11, 0.99: 11, 1.0: 11}
    assert report.share(4) == 0.5
    assert "max_length 5 cuts 2 (50.0%)" in str(report)
    assert report == LengthReport.of(lengths, (7, 5, 4))
