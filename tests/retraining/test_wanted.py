import numpy as np
import pytest

from keraswrap.retraining._power import rows_needed
from keraswrap.retraining._row_parts import RowParts
from keraswrap.retraining._settings import RetrainingSettings
from keraswrap.retraining._wanted import too_few, wanted_rows

PARTS = RowParts([f"r{n}" for n in range(1000)], np.arange(0, 600), np.arange(600, 1000), 0, 0)
SETTINGS = RetrainingSettings(n_train=50)
NEEDED = rows_needed(0.05, 0.15, 0.025)


def ask(told, sureness=None, parts=PARTS):
    return wanted_rows(parts, told, sureness, 0.025, SETTINGS)


def test_random_rows_come_in_the_order_of_the_draw_and_others_by_sureness():
    sureness = np.linspace(1, 0.5, 1000)
    found = ask(np.zeros(1000, bool), sureness)
    assert sorted(found.rows[found.for_test]) == list(range(NEEDED))
    assert sorted(found.rows[~found.for_test]) == list(range(950, 1000))


def test_without_sureness_the_last_rows_are_asked():
    found = ask(np.zeros(1000, bool))
    assert found.rows[~found.for_test].min() == 950


def test_the_order_does_not_tell_which_rows_test():
    found = ask(np.zeros(1000, bool))
    assert 0.3 < np.mean(np.flatnonzero(found.for_test)) / len(found) < 0.7


def test_only_labels_that_are_missing_are_asked_for():
    told = np.zeros(1000, bool)
    told[:100] = told[600:630] = True
    found = ask(told)
    assert (found.have_test, found.have_train) == (100, 30)
    assert (int(found.for_test.sum()), int((~found.for_test).sum())) == (NEEDED - 100, 20)


def test_enough_labels_are_enough():
    told = np.zeros(1000, bool)
    told[:NEEDED] = told[600:650] = True
    assert ask(told) is None


def test_few_new_rows_are_all_asked_for_and_what_they_show_is_said():
    parts = RowParts(PARTS.names[:120], np.arange(100), np.arange(100, 120), 0, 0)
    found = ask(np.zeros(120, bool), parts=parts)
    assert (found.n_test, found.n_train, len(found)) == (100, 20, 120)
    assert found.gain == pytest.approx(0.11, abs=0.02)


@pytest.mark.parametrize(
    ("draw", "pool", "known", "said"),
    [(5, 9, 2, "2 copies of old rows count for nothing"), (9, 0, 0, "None of the new rows")],
)
def test_too_few_rows_are_explained(draw, pool, known, said):
    parts = RowParts([], np.arange(draw), np.arange(pool), known, 0)
    assert said in too_few(parts, 0.025)
    assert too_few(PARTS, 0.025) == ""
