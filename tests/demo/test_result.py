"""What a run found: errors among the first rows, and figures."""

import json


def test_the_flipped_labels_come_first(result):
    errors = (result.issues["given"] != result.issues["truth"]).sum()
    assert errors >= 2
    # One may hide in a net of eight numbers a token; by chance a tenth would be found.
    assert result.precision[10] >= (min(errors, 10) - 1) / 10
    assert result.noise == errors / 90
    assert result.issues["quality"].is_monotonic_increasing


def test_settings_seed_versions_and_figures_are_written(result, home):
    written = json.loads((home / "out" / "settings.json").read_text())
    assert written["settings"]["seed"] == 0
    assert {"keras", "tensorflow", "cleanlab", "keraswrap"} <= set(written["versions"])
    assert written["accuracy"]["test_after"] == result.after
    assert list(written["seconds"]) == ["loading", "tuning", "issues", "retraining"]
