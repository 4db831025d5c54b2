import numpy as np
import pytest

from keraswrap.retraining._decision import decide
from keraswrap.retraining._paired_test import paired_test
from keraswrap.retraining._settings import RetrainingSettings

OLD = np.repeat([1, -1], [60, 40])
BETTER = np.repeat([1, -1], [90, 10])
SETTINGS = RetrainingSettings()


def test_a_test_that_is_won_replaces():
    replaced, reason = decide(paired_test(OLD, BETTER, 0.025), None, SETTINGS)
    assert replaced
    assert "better on 30 and worse on 0" in reason


def test_a_test_that_is_lost_says_what_the_rows_could_show():
    replaced, reason = decide(paired_test(OLD, OLD, 0.025), None, SETTINGS)
    assert not replaced
    assert reason.startswith("No gain is shown.")
    assert "100 rows mostly show a gain of 11" in reason


@pytest.mark.parametrize("veto", [True, False])
def test_losing_on_old_rows_keeps_the_model_only_with_a_veto(veto):
    settings = RetrainingSettings(veto=veto)
    lost = paired_test(BETTER, OLD, 0.025)
    replaced, reason = decide(paired_test(OLD, BETTER, 0.025), lost, settings)
    assert replaced is not veto
    assert "On 100 old rows accuracy changes by -30.0 points" in reason
    assert "is not shown to fall by less than 2 points" in reason


@pytest.mark.parametrize(("wrong", "replaced"), [(4, True), (12, False)])
def test_a_model_that_answers_more_must_keep_its_promise(wrong, replaced):
    old = np.repeat([1, 0], [40, 60])
    new = np.repeat([1, -1, 0], [90 - wrong, wrong, 10])
    test = paired_test(old, new, 0.025)
    assert test.won
    assert decide(test, None, SETTINGS, target_error=0.05)[0] is replaced
