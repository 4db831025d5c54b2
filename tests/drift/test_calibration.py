"""Calibration: the temperature that was taken away is found, and a step is as good as a fit."""

import numpy as np

from keraswrap.drift._calibration import fit_calibration, refit


def overconfident(n=4000):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(n, 3))
    truth = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    codes = np.array([rng.choice(3, p=row) for row in truth])
    logs = 2 * logits - np.log(np.exp(2 * logits).sum(axis=1, keepdims=True))
    return logs, codes


def test_the_temperature_is_found():
    found = fit_calibration(*overconfident())
    assert abs(found.slope - 0.5) < 0.05
    assert np.abs(found.biases - found.biases.mean()).max() < 0.15


def test_a_step_from_all_rows_is_as_good_as_a_fit_of_a_sample():
    logs, codes = overconfident()
    weights = np.random.default_rng(1).multinomial(4000, np.full(4000, 1 / 4000))
    rows = np.repeat(np.arange(4000), weights)
    exact = fit_calibration(logs[rows], codes[rows])
    (step,) = refit(fit_calibration(logs, codes), logs, codes, weights[None, :].astype(float))
    np.testing.assert_allclose(step.log_proba(logs), exact.log_proba(logs), atol=0.02)
