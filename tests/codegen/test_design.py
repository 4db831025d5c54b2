"""The best candidate is scored once on rows set aside, and fitted on all."""

from dataclasses import replace

import numpy as np
import pytest
from mixed_tables import mixed, scripted, specify

from keraswrap.codegen import PipelineWriter
from keraswrap.codegen._calls import Call
from keraswrap.codegen._candidates import DEFAULTS, MODEL, RANDOM, best_of
from keraswrap.codegen._design import _finish, design
from keraswrap.codegen._trials import fit_and_score
from keraswrap.exceptions import InputError


@pytest.fixture(scope="module")
def begun():
    X, y = mixed()
    X = X[["age", "rooms"]]
    probe, _, _ = PipelineWriter(scripted("x"), random_state=0)._begin(X, y)
    model = scripted(specify(probe.space, 1), specify(probe.space, 2))
    writer = PipelineWriter(
        model, n_candidates=2, cv=3, time_limit=None, random_state=0, progress=False
    )
    return writer._begin(X, y)


def test_every_source_has_its_share_and_the_best_one_wins(begun):
    job, settings, _ = begun
    found = design(*begun)
    sources = [one.source for one in found.candidates]
    assert sources == [DEFAULTS, MODEL, MODEL, RANDOM, RANDOM]
    assert found.winner is best_of(found.candidates)[0]
    _, score = fit_and_score(found.winner.pipeline, job.table, job.rows, job.aside, settings.scorer)
    assert found.holdout_score == score


def test_a_winner_that_fails_on_all_rows_leaves_its_place_to_the_next(begun):
    job, settings, _ = begun
    found = design(*begun)
    broken = replace(found.winner, pipeline=Call("SVC", {"C": -1.0}))
    others = [one for one in found.candidates if one is not found.winner]
    again = _finish(job, settings, [broken, *others], None)
    assert again.winner is best_of(others)[0]


def test_if_nothing_can_be_fitted_the_last_error_is_told(begun):
    job, settings, _ = begun
    broken = [replace(design(*begun).winner, pipeline=Call("SVC", {"C": -1.0}))]
    with pytest.raises(InputError, match=r"got none of 1\. The last error: InvalidParameterError"):
        _finish(job, settings, broken, None)


def test_rows_set_aside_are_fitted_in_the_end(begun):
    job, _, _ = begun
    found = design(*begun)
    assert len(np.union1d(job.rows, job.aside)) == 120
    assert found.fitted.n_features_in_ == 2
