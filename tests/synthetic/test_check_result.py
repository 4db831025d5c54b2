"""The result of a check, in words and as JSON."""

import json

import numpy as np

from keraswrap.synthetic import Copying, Diversity, LabelNoise, NearestShare, SyntheticCheck

NAN = float("nan")


def result(labels=None):
    return SyntheticCheck(
        n=1,
        findings=(),
        copying=Copying(0, 0, 0, 4, "where is my card", 0.25, 3, 0.5),
        nearest=NearestShare(NAN, NAN, NAN, NAN, 0),
        diversity=Diversity(1, 1, NAN, 1, 0.5, 0.5, NAN),
        labels=labels,
        personal_data={},
        notes=("a note",),
    )


def test_it_says_what_was_measured_and_what_was_not():
    text = str(result())
    assert text.startswith("SyntheticCheck(1 text; nothing found)")
    assert "training row: 4 words (held-out rows: 3); words in runs of six: 25.0%" in text
    assert "not measured" in text
    assert "- a note" in text
    assert "disputed labels: 50% (held-out rows: 25%)" in str(result(LabelNoise(0.5, 0.25, 4)))


def test_its_dict_is_json_without_nan():
    found = result().to_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["nearest"]["share"] is None
    assert found["copying"]["run"] == "where is my card"
    assert found["passes"] is True


def test_a_frame_without_findings_is_empty():
    frame = result().to_frame()
    assert len(frame) == 0
    assert list(frame.columns) == ["row_id", "kind", "severity", "score", "group", "note"]
    assert frame["row_id"].dtype == np.int64
